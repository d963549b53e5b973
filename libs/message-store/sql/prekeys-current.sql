-- $1 account -> the unused one-time prekeys and the newest signed prekey
SELECT kind, id, public_key, private_key, signature, (extract(epoch FROM created_at) * 1000)::float8 AS created_at_ms,
       (SELECT coalesce(max(id), 0) FROM prekey WHERE account = $1) AS highest_id
FROM prekey
WHERE account = $1
  AND ((kind = 'one-time' AND used_at IS NULL)
       OR (kind = 'signed' AND id = (SELECT max(id) FROM prekey WHERE account = $1 AND kind = 'signed')))
ORDER BY kind, id
