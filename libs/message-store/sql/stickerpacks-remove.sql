-- $1 account  $2 uuid id -> a row if there was one; its stickers go with it
DELETE FROM stickerpack WHERE account = $1 AND id = $2 RETURNING 1
