-- Within a transaction: waits for the owners' open transactions and keeps new ones out.
-- $1  account
-- Rows: shard, epoch
SELECT shard, epoch FROM shard WHERE account = $1 ORDER BY shard FOR UPDATE
