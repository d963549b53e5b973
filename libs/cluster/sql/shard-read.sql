-- An account's shard map, from one snapshot.
-- $1  account
-- Rows: account, shard, owner, epoch, term, shard_count
SELECT account, shard, owner, epoch, term,
       count(*) FILTER (WHERE shard >= 0) OVER () AS shard_count
  FROM shard
 WHERE account = $1
 ORDER BY shard
