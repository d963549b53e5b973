-- $1 account  $2 shard  $3 epoch  $4 text[] id  $5 float8[] retry at (ms)  $6 smallint[] attempts -> held (1 or 0: fenced)
WITH
-- @include "fence"
, parked AS (
  UPDATE message m SET retry_at = to_timestamp(p.retry_at_ms / 1000), attempts = p.attempts
  FROM fence, unnest($4::text[], $5::float8[], $6::smallint[]) AS p(id, retry_at_ms, attempts)
  WHERE m.account = $1 AND m.id = p.id AND m.state = 0
)
SELECT count(*)::int AS held FROM fence
