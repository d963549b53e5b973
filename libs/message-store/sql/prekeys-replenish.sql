-- $1 account  $2 shard (control)  $3 epoch  $4 text[] kind  $5 int[] id  $6 bytea[] public  $7 bytea[] sealed private
-- $8 bytea[] signature or null  $9 forget one-time prekeys used before (ms) -> held (1 or 0: fenced)
WITH
-- @include "fence"
, forgotten AS (
  DELETE FROM prekey p USING fence
  WHERE p.account = $1 AND p.kind = 'one-time' AND p.used_at < to_timestamp($9::float8 / 1000)
), added AS (
  INSERT INTO prekey (account, kind, id, public_key, private_key, signature)
  SELECT $1, n.kind, n.id, n.public_key, n.private_key, n.signature
  FROM fence, unnest($4::text[], $5::int[], $6::bytea[], $7::bytea[], $8::bytea[]) AS n(kind, id, public_key, private_key, signature)
)
SELECT count(*)::int AS held FROM fence
