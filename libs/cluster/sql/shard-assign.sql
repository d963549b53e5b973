-- Changes owners. One statement, so that a leader that freezes in the middle holds no lock. Each row waits for the open
-- transaction of its owner (sql/fence.sql). Every change of owner raises the epoch by one; naming the present owner changes nothing.
-- $1  the leader's term
-- $2  accounts (smallint[])   $3  shards (smallint[])   $4  owners (text[], null: nobody); all of one length
-- Rows: account, shard, owner, epoch, term, shard_count of each row that changed; one row of nulls when none did. `current` on each
--       row says whether the term may write: when false, nothing was changed.
WITH held AS MATERIALIZED (
  SELECT term FROM cluster_term WHERE term <= $1 FOR SHARE
), moved AS (
  UPDATE shard
     SET owner = change.owner, epoch = shard.epoch + 1, term = $1, changed_at = now()
    FROM held, unnest($2::smallint[], $3::smallint[], $4::text[]) AS change (account, shard, owner)
   WHERE shard.account = change.account
     AND shard.shard = change.shard
     AND shard.owner IS DISTINCT FROM change.owner
  RETURNING shard.account, shard.shard, shard.owner, shard.epoch, shard.term
)
SELECT EXISTS (SELECT FROM held) AS current, moved.*,
       (SELECT count(*) FROM shard WHERE shard.account = moved.account AND shard.shard >= 0) AS shard_count
  FROM (SELECT) AS always LEFT JOIN moved ON true
 ORDER BY account, shard
