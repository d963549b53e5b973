-- One small step of the garbage collector through a slot's messages, from the oldest on. What is pending stays; a message in a
-- final state goes once it is older than $7, one that may still be delivered, read, marked read or answered once it is older than $8.
-- Callbacks are never touched, nor dead letters.
-- $1 account  $2 shard  $3 epoch  $4 slot  $5 accepted after this, a timestamp's text  $6 about how many to look at
-- $7, $8 timestamps, ms since 1970
-- -> held (1 or 0: fenced)  looked_until, a timestamp's text: where the next step begins; null: there is nothing more  deleted
WITH
-- @include "fence"
, step AS (
  SELECT max(accepted_at) AS until FROM (
    SELECT accepted_at FROM message
    WHERE account = $1 AND slot = $4 AND accepted_at > $5::text::timestamptz AND accepted_at < to_timestamp($7::float8 / 1000)
    ORDER BY accepted_at LIMIT $6
  ) looked_at
), garbage AS (
  SELECT m.id FROM fence, step, message m
  WHERE m.account = $1 AND m.slot = $4 AND m.accepted_at > $5::text::timestamptz AND m.accepted_at <= step.until
    AND m.dead_reason IS NULL
    AND (m.state IN (4, 5) OR (m.type = 'read-marker' AND m.state >= 2)
         OR (m.state IN (2, 3, 10, 11) AND m.accepted_at < to_timestamp($8::float8 / 1000)))
  FOR UPDATE OF m SKIP LOCKED
), gone AS (
  DELETE FROM message m USING garbage g WHERE m.account = $1 AND m.id = g.id RETURNING 1
)
SELECT (SELECT count(*) FROM fence)::int AS held,
       (SELECT until::text FROM step) AS looked_until, (SELECT count(*)::int FROM gone) AS deleted
