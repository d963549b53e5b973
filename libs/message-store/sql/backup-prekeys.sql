-- $1 account -> every prekey
SELECT kind, id, public_key, private_key, signature, (extract(epoch FROM created_at) * 1000)::float8 AS created_at_ms,
       (extract(epoch FROM used_at) * 1000)::float8 AS used_at_ms
FROM prekey WHERE account = $1 ORDER BY kind, id
