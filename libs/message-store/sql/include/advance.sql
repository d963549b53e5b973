-- Moves outgoing messages forward, deletes their ciphertexts, and writes one callback for each reported status passed.
-- State only moves forward; a status that was skipped is reported first, so that no receiver sees `delivered` alone.
-- Under the setting `pass_through` a delivered message goes with this step, unless its key must still tell a repeated request.
-- $1 account; changes (id, state, at_ms, customer), in order of id so that two statements never deadlock; reported (status); fence
-- INVARIANT: what a customer says (customer is not null) changes messages to that customer only.
passing AS (
  SELECT 1 FROM setting WHERE account = $1 AND name = 'pass_through' AND value::text = 'true'
), before AS (
  SELECT m.id, m.seq, m.state, m.customer, m.slot, m.type, m.trace,
         CASE WHEN m.type <> 'read-marker' THEN m.body ->> 'biz_opaque_callback_data' END AS opaque,
         c.state AS new_state, c.at_ms,
         c.state >= 3 AND m.idempotency_key IS NULL AND EXISTS (SELECT 1 FROM passing) AS passes
  FROM fence, changes c
  JOIN message m ON m.account = $1 AND m.id = c.id AND m.state < c.state AND (c.customer IS NULL OR m.customer = c.customer)
  FOR UPDATE OF m
), moved AS (
  UPDATE message m
  SET state = b.new_state,
      sent_at = coalesce(m.sent_at, to_timestamp(b.at_ms / 1000)),
      delivered_at = CASE WHEN b.new_state >= 3 THEN coalesce(m.delivered_at, to_timestamp(b.at_ms / 1000)) END,
      read_at = CASE WHEN b.new_state = 4 THEN to_timestamp(b.at_ms / 1000) END
  FROM before b WHERE m.account = $1 AND m.id = b.id AND NOT b.passes
), passed AS (
  DELETE FROM message m USING before b WHERE m.account = $1 AND m.id = b.id AND b.passes
), gone AS (
  DELETE FROM ciphertext x USING fence, changes c
  WHERE x.account = $1 AND x.message_id = c.id
    AND (c.customer IS NULL OR EXISTS (SELECT 1 FROM message m WHERE m.account = $1 AND m.id = c.id AND m.customer = c.customer))
), status_told AS (
  INSERT INTO callback (account, slot, customer, event_id, kind, body, trace)
  SELECT $1, b.slot, b.customer, b.id || '-' || r.status, 'status_change',
         json_strip_nulls(json_build_object('kind', 'status_change', 'id', b.id, 'recipient_id', b.customer,
           'status', r.status, 'timestamp', floor(b.at_ms / 1000)::bigint, 'biz_opaque_callback_data', b.opaque)),
         b.trace
  FROM before b
  JOIN (VALUES ('sent', 2), ('delivered', 3), ('read', 4)) AS r(status, rank)
    ON r.rank > b.state AND r.rank <= b.new_state AND r.status IN (SELECT status FROM reported)
  WHERE b.type <> 'read-marker'
  ORDER BY b.seq, r.rank
  ON CONFLICT (account, event_id) DO NOTHING
), traced AS (
  SELECT json_agg(json_build_object('id', id, 'state', new_state, 'trace', trace)) AS moved FROM before WHERE trace IS NOT NULL
)
