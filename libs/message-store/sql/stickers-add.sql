-- In a transaction that has locked the pack.
-- $1 account  $2 uuid pack  $3 media id  $4 text[] emojis  $5 most stickers of a pack -> position; no row: the pack is full
WITH taken AS (
  UPDATE stickerpack SET next_position = next_position + 1
  WHERE account = $1 AND id = $2 AND (SELECT count(*) FROM sticker WHERE account = $1 AND pack = $2) < $5
  RETURNING next_position - 1 AS position
)
INSERT INTO sticker (account, pack, position, media_id, emojis)
SELECT $1, $2, position, $3, $4::text[] FROM taken RETURNING position
