-- $1 account -> a row if there was one
DELETE FROM profile_photo WHERE account = $1 RETURNING 1
