-- Of registries that start together one makes the key.
-- $1 public key  $2 private key
INSERT INTO signing_key (public_key, private_key) VALUES ($1, $2) ON CONFLICT DO NOTHING
