-- $1 name  $2 PEM  $3 sealed private key or null
INSERT INTO certificate (name, pem, private_key) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET pem = excluded.pem, private_key = excluded.private_key, created_at = now()
