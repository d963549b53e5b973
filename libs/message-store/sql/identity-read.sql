-- $1 account  $2 slot  $3 customer
SELECT hash, (extract(epoch FROM created_at) * 1000)::float8 AS created_at_ms, acknowledged
FROM identity WHERE account = $1 AND slot = $2 AND customer = $3
