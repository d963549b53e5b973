-- Outgoing messages move forward.
-- $1 account  $2 shard  $3 epoch  $4 text[] id  $5 smallint[] new state  $6 float8[] time (ms)  $7 text[] reported statuses
-- -> held (1 or 0: fenced), moved: JSON array of the traced messages that moved, or null
WITH
-- @include "fence"
, changes AS (
  SELECT *, NULL::text AS customer FROM unnest($4::text[], $5::smallint[], $6::float8[]) AS c(id, state, at_ms)
), reported AS (
  SELECT unnest($7::text[]) AS status
), heard AS (
  SELECT 0::smallint AS slot, ''::text AS customer, now() AS heard_at WHERE false
),
-- @include "advance"
SELECT (SELECT count(*) FROM fence)::int AS held, (SELECT moved FROM traced)
