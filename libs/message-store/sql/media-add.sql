-- $1 account  $2 uuid id  $3 direction  $4 MIME type  $5 size in bytes  $6 SHA-256 in hex  $7 file name or null
-- -> a row unless the id is taken
INSERT INTO media (account, id, direction, mime_type, size_bytes, sha256, filename)
VALUES ($1, $2, $3, $4, $5, decode($6, 'hex'), $7)
ON CONFLICT (account, id) DO NOTHING RETURNING id
