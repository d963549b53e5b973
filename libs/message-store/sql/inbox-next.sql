-- $1 account  $2 smallint[] slots  $3 after this sequence  $4 limit -> inbox rows in order
SELECT i.seq, i.customer, i.slot, i.stanza_id, i.stanza_hash, i.stanza,
       (extract(epoch FROM i.delayed_at) * 1000)::float8 AS delayed_at_ms,
       (extract(epoch FROM i.received_at) * 1000)::float8 AS received_at_ms
FROM unnest($2::smallint[]) AS s(slot)
CROSS JOIN LATERAL (
  SELECT * FROM inbox WHERE account = $1 AND slot = s.slot AND seq > $3 ORDER BY seq LIMIT $4
) i
ORDER BY i.seq LIMIT $4
