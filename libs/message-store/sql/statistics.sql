-- Expensive: counts whole tables. $1 account
SELECT (SELECT json_object_agg(status, amount) FROM (SELECT status, count(*) AS amount FROM contact WHERE account = $1 GROUP BY status) c) AS contacts,
       (SELECT json_object_agg(state, amount) FROM (SELECT state, count(*) AS amount FROM message WHERE account = $1 GROUP BY state) m) AS messages,
       (SELECT count(*)::int FROM callback WHERE account = $1 AND dead_reason IS NULL) AS pending_callbacks,
       (SELECT count(*)::int FROM callback WHERE account = $1 AND dead_reason IS NOT NULL) AS dead_callbacks,
       (SELECT count(*)::int FROM message WHERE account = $1 AND dead_reason IS NOT NULL) AS dead_messages,
       (SELECT count(*)::int FROM dead_stanza WHERE account = $1) AS dead_stanzas,
       (SELECT count(*)::int FROM inbox WHERE account = $1) AS inbox,
       (SELECT count(*)::int FROM ciphertext WHERE account = $1) AS ciphertexts,
       (SELECT count(*)::int FROM signal_session WHERE account = $1) AS sessions
