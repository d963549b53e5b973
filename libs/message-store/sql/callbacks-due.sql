-- $1 account  $2 smallint[] slots  $3 after this sequence  $4 limit -> undelivered callbacks in order; dead letters are left out, and so
-- are those that wait for a file of their customer: the held ones and what is behind them
SELECT c.seq, c.slot, c.customer, c.event_id, c.body, c.attempts, c.trace,
       (extract(epoch FROM c.next_attempt_at) * 1000)::float8 AS next_attempt_at_ms,
       (extract(epoch FROM c.created_at) * 1000)::float8 AS created_at_ms
FROM unnest($2::smallint[]) AS s(slot)
CROSS JOIN LATERAL (
  SELECT * FROM callback due
  WHERE account = $1 AND slot = s.slot AND seq > $3 AND dead_reason IS NULL AND held IS NULL
    AND (customer NOT IN (SELECT customer FROM callback WHERE account = $1 AND slot = ANY ($2::smallint[]) AND held IS NOT NULL)
         OR NOT EXISTS (SELECT 1 FROM callback h
                        WHERE h.account = $1 AND h.slot = s.slot AND h.customer = due.customer AND h.held IS NOT NULL AND h.seq < due.seq))
  ORDER BY seq LIMIT $4
) c
ORDER BY c.seq LIMIT $4
