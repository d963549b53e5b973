-- Takes stanzas out of the inbox with all that they change (but failures, a rare statement of its own in the same
-- transaction).
-- $1 account  $2 shard  $3 epoch  $4 bigint[] taken sequences
-- messages: $5 text[] customer  $6 smallint[] slot  $7 text[] id  $8 text[] type  $9 text[] body (JSON)  $10 text[] event (JSON)
--           $11 text[] traceparent or null
-- sessions: $12 smallint[] slot  $13 text[] customer  $14 bigint[] device  $15 bytea[] sealed record
-- $16 int[] used one-time prekeys
-- device lists: $17 smallint[] slot  $18 text[] customer  $19 text[] devices (JSON array)  $20 float8[] fetched at (ms)
-- changes: $21 text[] id  $22 smallint[] new state  $23 float8[] time (ms)  $24 text[] reported statuses  $25 text[] customer or null
-- messages: $26 bytea[] sealed files that their callbacks wait for, or null
-- answered choices: $27 smallint[] slot  $28 text[] customer  $29 text[] id of the message that offered them
-- identities: $30 smallint[] slot  $31 text[] customer  $32 text[] hash  $33 float8[] created at (ms)  $34 bool[] acknowledged
-- -> held (1 or 0: fenced), moved: JSON array of the traced messages that moved, or null
WITH
-- @include "fence"
, taken AS (
  DELETE FROM inbox i USING fence WHERE i.account = $1 AND i.seq = ANY ($4::bigint[])
), arrived AS (
  SELECT n.* FROM fence, unnest($5::text[], $6::smallint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $26::bytea[])
    WITH ORDINALITY AS n(customer, slot, id, type, body, event, trace, files, position)
), stored AS (
  INSERT INTO message (account, id, customer, slot, type, body, state, trace)
  SELECT $1, a.id, a.customer, a.slot, a.type, a.body::json, 10, a.trace FROM arrived a ORDER BY a.position
  ON CONFLICT (account, id) DO NOTHING
  RETURNING id
), told AS (
  INSERT INTO callback (account, slot, customer, event_id, kind, body, trace, held)
  SELECT $1, a.slot, a.customer, a.id, 'inbound_message', a.event::json, a.trace, a.files
  FROM arrived a JOIN stored s ON s.id = a.id ORDER BY a.position
  ON CONFLICT (account, event_id) DO NOTHING
), ratchets AS (
  INSERT INTO signal_session (account, slot, customer, device_id, record)
  SELECT $1, r.slot, r.customer, r.device_id, r.record
  FROM fence, unnest($12::smallint[], $13::text[], $14::bigint[], $15::bytea[]) AS r(slot, customer, device_id, record)
  ON CONFLICT (account, slot, customer, device_id) DO UPDATE SET record = excluded.record
), used AS (
  UPDATE prekey p SET used_at = now() FROM fence
  WHERE p.account = $1 AND p.kind = 'one-time' AND p.id = ANY ($16::int[]) AND p.used_at IS NULL
), lists AS (
  INSERT INTO device_list (account, slot, customer, devices, fetched_at)
  SELECT $1, l.slot, l.customer, ARRAY(SELECT json_array_elements_text(l.devices::json)::bigint), to_timestamp(l.fetched_at_ms / 1000)
  FROM fence, unnest($17::smallint[], $18::text[], $19::text[], $20::float8[]) AS l(slot, customer, devices, fetched_at_ms)
  ON CONFLICT (account, slot, customer) DO UPDATE SET devices = excluded.devices, fetched_at = excluded.fetched_at
), answered AS (
  DELETE FROM offered_choices o USING fence, unnest($27::smallint[], $28::text[], $29::text[]) AS a(slot, customer, message_id)
  WHERE o.account = $1 AND o.slot = a.slot AND o.customer = a.customer AND o.message_id = a.message_id
), changes AS (
  SELECT * FROM unnest($21::text[], $22::smallint[], $23::float8[], $25::text[]) AS c(id, state, at_ms, customer)
), reported AS (
  SELECT unnest($24::text[]) AS status
), identities AS (
  SELECT * FROM unnest($30::smallint[], $31::text[], $32::text[], $33::float8[], $34::bool[]) AS n(slot, customer, hash, created_at_ms, acknowledged)
),
-- @include "identify"
, heard AS (
  SELECT n.slot, n.customer, n.heard_at
  FROM (
    SELECT slot, customer, to_timestamp(max((event::json ->> 'timestamp')::bigint)) AS heard_at
    FROM arrived WHERE type <> 'system' GROUP BY slot, customer
  ) n
  LEFT JOIN conversation w ON w.account = $1 AND w.slot = n.slot AND w.customer = n.customer
  WHERE w.heard_at IS NULL OR w.heard_at < n.heard_at - interval '1 minute'
),
-- @include "advance"
SELECT (SELECT count(*) FROM fence)::int AS held, (SELECT moved FROM traced)
