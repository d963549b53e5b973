-- $1 account -> every part of its profile
SELECT name, value FROM profile WHERE account = $1 ORDER BY name
