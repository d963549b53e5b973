-- The owner's hold on its shard, for the length of the transaction: empty when the epoch has moved on, so that whatever
-- joins it touches nothing; a change of owner waits for it.
-- $1 account  $2 shard  $3 epoch
fence AS MATERIALIZED (
  SELECT 1 FROM shard WHERE account = $1 AND shard = $2 AND epoch = $3 FOR SHARE
)
