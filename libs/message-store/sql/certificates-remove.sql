-- $1 name -> a row if there was one
DELETE FROM certificate WHERE name = $1 RETURNING 1
