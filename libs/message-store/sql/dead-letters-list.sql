-- $1 account  $2 callbacks, $3 messages, $4 stanzas after this sequence, or null: none of this kind  $5 limit
-- -> dead letters of each kind, oldest first: kind, seq, customer, reason, attempts, name, at_ms; stanza_id and stanza_hash of stanzas
SELECT * FROM (
  (SELECT 'callback' AS kind, seq, customer, dead_reason AS reason, attempts, event_id AS name, NULL::text AS stanza_id, NULL::bytea AS stanza_hash,
          (extract(epoch FROM created_at) * 1000)::float8 AS at_ms
   FROM callback WHERE account = $1 AND dead_reason IS NOT NULL AND seq > $2::bigint ORDER BY seq LIMIT $5)
  UNION ALL
  (SELECT 'message', seq, customer, dead_reason, attempts, id, NULL, NULL, (extract(epoch FROM accepted_at) * 1000)::float8
   FROM message WHERE account = $1 AND dead_reason IS NOT NULL AND seq > $3::bigint ORDER BY seq LIMIT $5)
  UNION ALL
  (SELECT 'stanza', seq, customer, reason, 0, NULL, stanza_id, stanza_hash, (extract(epoch FROM received_at) * 1000)::float8
   FROM dead_stanza WHERE account = $1 AND seq > $4::bigint ORDER BY seq LIMIT $5)
) letters
ORDER BY kind, seq LIMIT $5
