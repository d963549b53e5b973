-- $1 account  $2 uuid pack  $3 position  $4 media id or null: as it is  $5 text[] emojis or null: as they are
-- -> a row if there is such a sticker
UPDATE sticker SET media_id = coalesce($4, media_id), emojis = coalesce($5::text[], emojis)
WHERE account = $1 AND pack = $2 AND position = $3 RETURNING 1
