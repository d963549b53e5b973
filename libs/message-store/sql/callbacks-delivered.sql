-- $1 account  $2 shard  $3 epoch  $4 bigint[] sequences -> held (1 or 0: fenced)
WITH
-- @include "fence"
, gone AS (
  DELETE FROM callback c USING fence WHERE c.account = $1 AND c.seq = ANY ($4::bigint[])
)
SELECT count(*)::int AS held FROM fence
