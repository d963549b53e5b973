-- $1 account  $2 text[] wa_id  $3 text[] status  $4 text[] chat JID or null  $5 float8[] checked at (ms)  $6 text[] language or null
INSERT INTO contact (account, wa_id, status, chat_jid, checked_at, language)
SELECT $1, c.wa_id, c.status, c.chat_jid, to_timestamp(c.checked_at_ms / 1000), c.language
FROM unnest($2::text[], $3::text[], $4::text[], $5::float8[], $6::text[]) AS c(wa_id, status, chat_jid, checked_at_ms, language)
ORDER BY c.wa_id
ON CONFLICT (account, wa_id) DO UPDATE
SET status = excluded.status, chat_jid = excluded.chat_jid, checked_at = excluded.checked_at, language = excluded.language
