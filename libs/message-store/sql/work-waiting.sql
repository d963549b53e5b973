-- What waits for a coreapp, counted up to a limit each: cheap however much there is. $1 account  $2 smallint[] slots  $3 limit
SELECT (SELECT count(*)::int FROM (SELECT 1 FROM callback WHERE account = $1 AND slot = ANY ($2::smallint[]) AND dead_reason IS NULL LIMIT $3) c) AS callbacks,
       (SELECT count(*)::int FROM (SELECT 1 FROM inbox WHERE account = $1 AND slot = ANY ($2::smallint[]) LIMIT $3) i) AS inbox,
       (SELECT count(*)::int FROM (SELECT 1 FROM message WHERE account = $1 AND slot = ANY ($2::smallint[]) AND state = 0 AND retry_at IS NULL LIMIT $3) r)
         + (SELECT count(*)::int FROM (SELECT 1 FROM message WHERE account = $1 AND slot = ANY ($2::smallint[]) AND state = 0 AND retry_at IS NOT NULL LIMIT $3) p)
         + (SELECT count(*)::int FROM (SELECT 1 FROM ciphertext WHERE account = $1 AND slot = ANY ($2::smallint[]) LIMIT $3) x) AS messages
