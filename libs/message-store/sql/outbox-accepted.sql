-- $1 account  $2 smallint[] slots  $3 limit -> accepted messages in order, parked ones left out
-- One index range a slot, so that a long backlog is never sorted.
SELECT m.id, m.seq, m.customer, m.slot, m.type, m.body, m.attempts, m.trace,
       (extract(epoch FROM m.accepted_at) * 1000)::float8 AS accepted_at_ms
FROM unnest($2::smallint[]) AS s(slot)
CROSS JOIN LATERAL (
  SELECT * FROM message
  WHERE account = $1 AND slot = s.slot AND state = 0 AND retry_at IS NULL
  ORDER BY seq LIMIT $3
) m
ORDER BY m.seq LIMIT $3
