-- Within the transaction that ran term-hold.sql and shard-lock.sql: makes the account's rows -1 .. $3 - 1. A different number
-- of shards regroups the slots, so every message shard that stays begins a new epoch too.
-- INVARIANT: $4 is above every epoch of the account, and shard 0 always stays and takes it. So a shard that is removed and
-- made again can never come back to an epoch that somebody holds a lease of.
-- $1  account   $2  term   $3  number of message shards   $4  the new epoch
WITH removed AS (
  DELETE FROM shard WHERE account = $1 AND shard >= $3
), raised AS (
  UPDATE shard SET epoch = $4, term = $2, changed_at = now() WHERE account = $1 AND shard BETWEEN 0 AND $3 - 1
)
INSERT INTO shard (account, shard, epoch, term)
SELECT $1, wanted, $4, $2 FROM generate_series(-1, $3 - 1) AS wanted
ON CONFLICT DO NOTHING
