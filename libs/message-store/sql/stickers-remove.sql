-- $1 account  $2 uuid pack  $3 position -> a row if there was one
DELETE FROM sticker WHERE account = $1 AND pack = $2 AND position = $3 RETURNING 1
