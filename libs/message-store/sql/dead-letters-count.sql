-- Cheap however much there is. $1 account  $2 at most -> dead letters by kind, each counted up to $2
SELECT (SELECT count(*)::int FROM (SELECT 1 FROM callback WHERE account = $1 AND dead_reason IS NOT NULL LIMIT $2) c) AS callback,
       (SELECT count(*)::int FROM (SELECT 1 FROM message WHERE account = $1 AND dead_reason IS NOT NULL LIMIT $2) m) AS message,
       (SELECT count(*)::int FROM (SELECT 1 FROM dead_stanza WHERE account = $1 LIMIT $2) s) AS stanza
