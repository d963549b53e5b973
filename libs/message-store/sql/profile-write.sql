-- $1 account  $2 name  $3 value (JSON)
INSERT INTO profile (account, name, value) VALUES ($1, $2, $3::json)
ON CONFLICT (account, name) DO UPDATE SET value = excluded.value
