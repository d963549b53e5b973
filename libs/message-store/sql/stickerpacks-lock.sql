-- $1 account  $2 uuid pack -> a row if there is such a pack, locked: what is added to it at once comes one after another
SELECT 1 FROM stickerpack WHERE account = $1 AND id = $2 FOR UPDATE
