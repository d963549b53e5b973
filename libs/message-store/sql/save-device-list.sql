-- $1 account  $2 shard  $3 epoch  $4 slot  $5 customer  $6 bigint[] devices  $7 fetched at (ms) -> held (1 or 0: fenced)
WITH fence AS MATERIALIZED (
  SELECT 1 FROM shard WHERE account = $1 AND shard = $2 AND epoch = $3 FOR SHARE
), saved AS (
  INSERT INTO device_list (account, slot, customer, devices, fetched_at)
  SELECT $1, $4, $5, $6::bigint[], to_timestamp($7::float8 / 1000) FROM fence
  ON CONFLICT (account, slot, customer) DO UPDATE SET devices = excluded.devices, fetched_at = excluded.fetched_at
)
SELECT count(*)::int AS held FROM fence
