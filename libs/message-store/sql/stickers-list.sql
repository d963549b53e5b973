-- $1 account  $2 uuid pack
SELECT position, media_id, emojis FROM sticker WHERE account = $1 AND pack = $2 ORDER BY position
