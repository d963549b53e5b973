-- The fence as a statement: first in a transaction of a shard's owner (see fence.sql).
-- $1  account   $2  shard   $3  the lease's epoch
-- Row: one while the epoch holds, and then until this transaction ends; none when it has moved on
SELECT 1 FROM shard WHERE account = $1 AND shard = $2 AND epoch = $3 FOR SHARE
