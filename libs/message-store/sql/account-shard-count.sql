-- $1 account  $2 shard count
UPDATE account SET shard_count = $2 WHERE id = $1
