-- Says that a node lives, unless a later boot of it has said so. One that has long said nothing gives way: after a wall clock was set back
-- the next boot seems to be the earlier one.
-- $1  id   $2  role   $3  host   $4  port   $5  started at (timestamptz)   $6  a registration lapses after (ms)
INSERT INTO node (id, role, host, port, started_at, seen_at)
VALUES ($1, $2, $3, $4, $5, now())
ON CONFLICT (id) DO UPDATE
   SET role = EXCLUDED.role, host = EXCLUDED.host, port = EXCLUDED.port,
       started_at = EXCLUDED.started_at, seen_at = EXCLUDED.seen_at
 WHERE node.started_at <= EXCLUDED.started_at OR node.seen_at < now() - $6 * interval '1 ms'
