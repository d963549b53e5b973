-- $1 name
SELECT pem, private_key FROM certificate WHERE name = $1
