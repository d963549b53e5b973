-- Says that a node lives, unless a later boot of it has said so already.
-- $1  id   $2  role   $3  host   $4  port   $5  started at (timestamptz)
INSERT INTO node (id, role, host, port, started_at, seen_at)
VALUES ($1, $2, $3, $4, $5, now())
ON CONFLICT (id) DO UPDATE
   SET role = EXCLUDED.role, host = EXCLUDED.host, port = EXCLUDED.port,
       started_at = EXCLUDED.started_at, seen_at = EXCLUDED.seen_at
 WHERE node.started_at <= EXCLUDED.started_at
