-- INVARIANT: the advanced ratchets and the ciphertexts, in one transaction, before the first byte is sent.
-- $1 account  $2 shard  $3 epoch  $4 text[] id  $5 bigint[] seq  $6 smallint[] slot  $7 text[] stanza
-- $8 smallint[] session slot  $9 text[] customer  $10 bigint[] device  $11 bytea[] sealed record -> held (1 or 0: fenced)
WITH fence AS MATERIALIZED (
  SELECT 1 FROM shard WHERE account = $1 AND shard = $2 AND epoch = $3 FOR SHARE
), stored AS (
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
)
SELECT count(*)::int AS held FROM fence
