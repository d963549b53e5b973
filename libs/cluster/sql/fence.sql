-- How every write of a shard's owner begins. A fragment: put it first in the WITH list, and make every write of the
-- statement read from it (`... FROM fence`, or `WHERE EXISTS (SELECT FROM fence)`). No row: the epoch has moved on, the statement
-- touches nothing, and the owner calls `lease.fence('...')`.
-- FOR SHARE keeps the leader's change of owner waiting until this transaction ends; after that change, the row no longer matches.
-- To fence a transaction of several statements, run fence-assert.sql first and go no further without its row.
-- $1  account   $2  shard   $3  the lease's epoch
fence AS MATERIALIZED (
  SELECT 1 FROM shard WHERE account = $1 AND shard = $2 AND epoch = $3 FOR SHARE
)
