-- $1 account  $2 smallint[] slots  $3 text[] customers to leave out  $4 limit -> the first held callback of each customer, in order
SELECT f.seq, f.customer, f.event_id, f.body, f.held, (extract(epoch FROM f.created_at) * 1000)::float8 AS created_at_ms
FROM (
  SELECT DISTINCT ON (slot, customer) * FROM callback
  WHERE account = $1 AND slot = ANY ($2::smallint[]) AND held IS NOT NULL AND customer <> ALL ($3::text[])
  ORDER BY slot, customer, seq
) f
ORDER BY f.seq LIMIT $4
