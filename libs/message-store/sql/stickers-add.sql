-- The pack's row is locked, so that two that add at once get positions of their own.
-- $1 account  $2 uuid pack  $3 media id  $4 text[] emojis  $5 most stickers of a pack
-- -> found (1 or 0: no such pack), position or null: the pack is full
WITH pack AS (
  SELECT account, id FROM stickerpack WHERE account = $1 AND id = $2 FOR UPDATE
), present AS (
  SELECT count(s.position)::int AS amount, coalesce(max(s.position) + 1, 0) AS next
  FROM pack p LEFT JOIN sticker s ON s.account = p.account AND s.pack = p.id
), added AS (
  INSERT INTO sticker (account, pack, position, media_id, emojis)
  SELECT p.account, p.id, n.next, $3, $4::text[] FROM pack p, present n WHERE n.amount < $5 RETURNING position
)
SELECT (SELECT count(*) FROM pack)::int AS found, (SELECT position FROM added) AS position
