-- The final event in place of the held one; the keys of its files go with this.
-- $1 account  $2 shard  $3 epoch  $4 sequence  $5 event (JSON) -> held (1 or 0: fenced)
WITH
-- @include "fence"
, released AS (
  UPDATE callback c SET body = $5::json, held = NULL FROM fence WHERE c.account = $1 AND c.seq = $4 AND c.held IS NOT NULL
)
SELECT count(*)::int AS held FROM fence
