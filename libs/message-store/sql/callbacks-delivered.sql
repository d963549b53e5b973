-- $1 account  $2 shard  $3 epoch  $4 bigint[] sequences -> held (1 or 0: fenced)
WITH fence AS MATERIALIZED (
  SELECT 1 FROM shard WHERE account = $1 AND shard = $2 AND epoch = $3 FOR SHARE
), gone AS (
  DELETE FROM callback c USING fence WHERE c.account = $1 AND c.seq = ANY ($4::bigint[])
)
SELECT count(*)::int AS held FROM fence
