-- $1 account  $2 shard  $3 epoch  $4 sequence  $5 reason -> held (1 or 0: fenced)
WITH
-- @include "fence"
, buried AS (
  UPDATE callback c SET dead_reason = $5 FROM fence WHERE c.account = $1 AND c.seq = $4
)
SELECT count(*)::int AS held FROM fence
