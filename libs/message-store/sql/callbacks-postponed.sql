-- $1 account  $2 shard  $3 epoch  $4 sequence  $5 attempts  $6 next attempt at (ms) -> held (1 or 0: fenced)
WITH
-- @include "fence"
, postponed AS (
  UPDATE callback c SET attempts = $5, next_attempt_at = to_timestamp($6::float8 / 1000) FROM fence
  WHERE c.account = $1 AND c.seq = $4
)
SELECT count(*)::int AS held FROM fence
