-- $1 account  $2 uuid id -> a row if there was such a file
DELETE FROM media WHERE account = $1 AND id = $2 RETURNING id
