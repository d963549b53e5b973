-- Nodes that said they live within the given age, by the database's clock.
-- $1  greatest age, milliseconds
-- Rows: id, role, host, port, started_at, age_ms
SELECT id, role, host, port, started_at,
       (extract(epoch FROM now() - seen_at) * 1000)::bigint AS age_ms
  FROM node
 WHERE seen_at > now() - make_interval(secs => $1 / 1000.0)
 ORDER BY id
