-- One small step of the garbage collector through a slot's messages, from the oldest on. What is pending stays; a message in a
-- final state goes once it is older than $5, one that may still be delivered, read or marked read once it is older than $6.
-- $1 account  $2 slot  $3 accepted after this, a timestamp's text  $4 about how many to look at  $5, $6 timestamps, ms since 1970
-- -> looked_until, a timestamp's text: where the next step begins; null: there is nothing more  deleted
WITH step AS (
  SELECT max(accepted_at) AS until FROM (
    SELECT accepted_at FROM message
    WHERE account = $1 AND slot = $2 AND accepted_at > $3::text::timestamptz AND accepted_at < to_timestamp($5::float8 / 1000)
    ORDER BY accepted_at LIMIT $4
  ) looked_at
), garbage AS (
  SELECT m.id FROM message m, step
  WHERE m.account = $1 AND m.slot = $2 AND m.accepted_at > $3::text::timestamptz AND m.accepted_at <= step.until
    AND (m.state IN (4, 5, 11) OR (m.type = 'read-marker' AND m.state >= 2)
         OR (m.state IN (2, 3, 10) AND m.accepted_at < to_timestamp($6::float8 / 1000)))
  FOR UPDATE OF m SKIP LOCKED
), gone AS (
  DELETE FROM message m USING garbage g WHERE m.account = $1 AND m.id = g.id RETURNING 1
)
SELECT (SELECT until::text FROM step) AS looked_until, (SELECT count(*)::int FROM gone) AS deleted
