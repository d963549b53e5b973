-- $1 account  $2 text[] wa_ids
SELECT wa_id, status, chat_jid, language, (extract(epoch FROM checked_at) * 1000)::float8 AS checked_at_ms
FROM contact WHERE account = $1 AND wa_id = ANY ($2::text[])
