-- $1 account  $2 smallint[] slots  $3 after this sequence  $4 limit -> undelivered callbacks in order, dead letters left out
SELECT c.seq, c.slot, c.customer, c.event_id, c.body, c.attempts, c.trace,
       (extract(epoch FROM c.next_attempt_at) * 1000)::float8 AS next_attempt_at_ms,
       (extract(epoch FROM c.created_at) * 1000)::float8 AS created_at_ms
FROM unnest($2::smallint[]) AS s(slot)
CROSS JOIN LATERAL (
  SELECT * FROM callback WHERE account = $1 AND slot = s.slot AND seq > $3 AND dead_reason IS NULL ORDER BY seq LIMIT $4
) c
ORDER BY c.seq LIMIT $4
