-- Messages that cannot be delivered or shown, each with its reason and a callback. One that has got further stays where it is.
-- $1 account  $2 shard  $3 epoch  $4 text[] id  $5 text[] error (JSON)  $6 float8[] time (ms)  $7 text[] customer who says so, or null
-- $8 smallint[] fails below this state  $9 text[] reason of a dead letter, or null -> held (1 or 0: fenced)
-- INVARIANT: what a customer says fails messages to that customer only.
WITH
-- @include "fence"
, moved AS (
  UPDATE message m SET state = 5, error = f.error::json, dead_reason = f.dead_reason
  FROM fence, unnest($4::text[], $5::text[], $6::float8[], $7::text[], $8::smallint[], $9::text[])
    AS f(id, error, at_ms, customer, below, dead_reason)
  WHERE m.account = $1 AND m.id = f.id AND m.state < f.below AND (f.customer IS NULL OR m.customer = f.customer)
  RETURNING m.id, m.seq, m.customer, m.slot, m.type, m.trace, m.body ->> 'biz_opaque_callback_data' AS opaque, m.error, f.at_ms
), gone AS (
  DELETE FROM ciphertext x USING fence
  WHERE x.account = $1
    AND x.message_id = ANY (ARRAY(
      SELECT f.id FROM unnest($4::text[], $7::text[]) AS f(id, customer) WHERE f.customer IS NULL UNION ALL SELECT id FROM moved))
), told AS (
  INSERT INTO callback (account, slot, customer, event_id, kind, body, trace)
  SELECT $1, m.slot, m.customer, m.id || '-failed', 'status_change',
         json_strip_nulls(json_build_object('kind', 'status_change', 'id', m.id, 'recipient_id', m.customer,
           'status', 'failed', 'timestamp', floor(m.at_ms / 1000)::bigint, 'errors', json_build_array(m.error),
           'biz_opaque_callback_data', m.opaque)),
         m.trace
  FROM moved m WHERE m.type <> 'read-marker' ORDER BY m.seq
  ON CONFLICT (account, event_id) DO NOTHING
)
SELECT count(*)::int AS held FROM fence
