-- $1 account  $2 smallint[] slots -> customer, retry_at_ms
SELECT customer, (extract(epoch FROM min(retry_at)) * 1000)::float8 AS retry_at_ms
FROM message
WHERE account = $1 AND slot = ANY ($2::smallint[]) AND state = 0 AND retry_at IS NOT NULL
GROUP BY customer
