-- $1 account  $2 at most -> backlog: accepted messages that no owner has encrypted, parked ones left out, counted up to $2
SELECT count(*)::int AS backlog
FROM (SELECT 1 FROM message WHERE account = $1 AND state = 0 AND retry_at IS NULL LIMIT $2) waiting
