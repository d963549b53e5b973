-- $1 account  $2 uuid id
SELECT id, direction, mime_type, size_bytes::float8 AS size_bytes, encode(sha256, 'hex') AS sha256, filename,
       (extract(epoch FROM created_at) * 1000)::float8 AS created_at_ms, (extract(epoch FROM used_at) * 1000)::float8 AS used_at_ms,
       chat_url, chat_key, (extract(epoch FROM chat_uploaded_at) * 1000)::float8 AS chat_uploaded_at_ms
FROM media WHERE account = $1 AND id = $2
