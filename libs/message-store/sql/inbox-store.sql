-- $1 account  $2 shard  $3 epoch  $4 text[] customer  $5 smallint[] slot  $6 text[] stanza id  $7 bytea[] hash
-- $8 text[] stanza  $9 float8[] delay stamp (ms) or null -> held (1 or 0: fenced)
WITH
-- @include "fence"
, stored AS (
  INSERT INTO inbox (account, customer, slot, stanza_id, stanza_hash, stanza, delayed_at)
  SELECT $1, n.customer, n.slot, n.stanza_id, n.stanza_hash, n.stanza, to_timestamp(n.delayed_at_ms / 1000)
  FROM fence, unnest($4::text[], $5::smallint[], $6::text[], $7::bytea[], $8::text[], $9::float8[])
    WITH ORDINALITY AS n(customer, slot, stanza_id, stanza_hash, stanza, delayed_at_ms, position)
  ORDER BY n.position
  ON CONFLICT (account, customer, stanza_id, stanza_hash) DO NOTHING
)
SELECT count(*)::int AS held FROM fence
