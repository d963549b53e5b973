-- $1 username -> a row if there was such a user
DELETE FROM api_user WHERE username = $1 RETURNING username
