-- $1 account  $2 name -> a row if there was one
DELETE FROM media_provider WHERE account = $1 AND name = $2 RETURNING 1
