-- INVARIANT: the advanced ratchets and the ciphertexts, in one transaction, before the first byte is sent.
-- $1 account  $2 shard  $3 epoch  $4 text[] id  $5 bigint[] seq  $6 smallint[] slot  $7 text[] stanza
-- $8 smallint[] session slot  $9 text[] customer  $10 bigint[] device  $11 bytea[] sealed record
-- $12 smallint[] list slot  $13 text[] customer  $14 text[] devices (JSON array)  $15 float8[] fetched at (ms)
-- choices that go with the messages: $16 smallint[] slot  $17 text[] customer  $18 text[] message id  $19 text[] choices (JSON array)
-- identities: $20 smallint[] slot  $21 text[] customer  $22 text[] hash  $23 float8[] created at (ms)  $24 bool[] acknowledged
-- $25 json[] event, of those that are told, or null
-- -> held (1 or 0: fenced)
WITH
-- @include "fence"
, stored AS (
  INSERT INTO ciphertext (account, message_id, seq, slot, stanza)
  SELECT $1, e.id, e.seq, e.slot, e.stanza
  FROM fence, unnest($4::text[], $5::bigint[], $6::smallint[], $7::text[]) AS e(id, seq, slot, stanza)
), moved AS (
  UPDATE message m SET state = 1 FROM fence, unnest($4::text[]) AS e(id)
  WHERE m.account = $1 AND m.id = e.id AND m.state = 0
), ratchets AS (
  INSERT INTO signal_session (account, slot, customer, device_id, record)
  SELECT $1, r.slot, r.customer, r.device_id, r.record
  FROM fence, unnest($8::smallint[], $9::text[], $10::bigint[], $11::bytea[]) AS r(slot, customer, device_id, record)
  ON CONFLICT (account, slot, customer, device_id) DO UPDATE SET record = excluded.record
), lists AS (
  INSERT INTO device_list (account, slot, customer, devices, fetched_at)
  SELECT $1, l.slot, l.customer, ARRAY(SELECT json_array_elements_text(l.devices::json)::bigint), to_timestamp(l.fetched_at_ms / 1000)
  FROM fence, unnest($12::smallint[], $13::text[], $14::text[], $15::float8[]) AS l(slot, customer, devices, fetched_at_ms)
  ON CONFLICT (account, slot, customer) DO UPDATE SET devices = excluded.devices, fetched_at = excluded.fetched_at
), offers AS (
  INSERT INTO offered_choices (account, slot, customer, message_id, choices)
  SELECT $1, o.slot, o.customer, o.message_id, o.choices::json
  FROM fence, unnest($16::smallint[], $17::text[], $18::text[], $19::text[]) AS o(slot, customer, message_id, choices)
  ON CONFLICT (account, slot, customer) DO UPDATE
  SET message_id = excluded.message_id, choices = excluded.choices, offered_at = excluded.offered_at
), identities AS (
  SELECT * FROM unnest($20::smallint[], $21::text[], $22::text[], $23::float8[], $24::bool[]) AS n(slot, customer, hash, created_at_ms, acknowledged)
),
-- @include "identify"
, news AS (
  SELECT n.slot, n.customer, n.event, n.event ->> 'id' AS id
  FROM fence, unnest($20::smallint[], $21::text[], $25::json[]) AS n(slot, customer, event)
  WHERE n.event IS NOT NULL
), identities_kept AS (
  INSERT INTO message (account, id, customer, slot, type, body, state)
  SELECT $1, id, customer, slot, 'system', event -> 'content', 10 FROM news ORDER BY id
  ON CONFLICT (account, id) DO NOTHING
), identities_told AS (
  INSERT INTO callback (account, slot, customer, event_id, kind, body)
  SELECT $1, slot, customer, id, 'inbound_message', event FROM news
  ON CONFLICT (account, event_id) DO NOTHING
)
SELECT count(*)::int AS held FROM fence
