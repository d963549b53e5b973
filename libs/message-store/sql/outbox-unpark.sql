-- $1 account  $2 shard  $3 epoch  $4 smallint[] slots  $5 now (ms) -> customer of each message made ready, fenced
WITH
-- @include "fence"
, due AS (
  SELECT DISTINCT customer FROM message
  WHERE account = $1 AND slot = ANY ($4::smallint[]) AND state = 0 AND retry_at IS NOT NULL
    AND retry_at <= to_timestamp($5::float8 / 1000)
), ready AS (
  UPDATE message m SET retry_at = NULL
  FROM due d, fence
  WHERE m.account = $1 AND m.slot = ANY ($4::smallint[]) AND m.customer = d.customer AND m.state = 0 AND m.retry_at IS NOT NULL
  RETURNING m.customer
)
SELECT (SELECT count(*) FROM fence)::int AS held, ARRAY(SELECT DISTINCT customer FROM ready) AS customers
