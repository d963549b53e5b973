-- $1 account
SELECT name, type, config FROM media_provider WHERE account = $1 ORDER BY name
