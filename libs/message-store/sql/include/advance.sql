-- Moves outgoing messages forward, deletes their ciphertexts, and writes one callback for each reported status passed.
-- State only moves forward; a status that was skipped is reported first, so that no receiver sees `delivered` alone.
-- Under the setting `pass_through` a delivered message goes with this step, unless its key must still tell a repeated request.
-- A message that is sent falls into the customer's conversation, or opens one where there is none or it has expired. Of two
-- statements that open one at once the second finds and takes the first one's: `excluded` loses to a window that is open.
-- $1 account; changes (id, state, at_ms, customer), in order of id so that two statements never deadlock; reported (status); fence;
-- heard (slot, customer, heard_at): customers who have written
-- INVARIANT: what a customer says (customer is not null) changes messages to that customer only.
passing AS (
  SELECT 1 FROM setting WHERE account = $1 AND name = 'pass_through' AND value::text = 'true'
), unpriced AS (
  SELECT 1 FROM setting
  WHERE account = $1 AND name = 'webhook_payload_conversation_pricingmodel_disabled' AND value::text = 'true'
), before AS (
  SELECT m.id, m.seq, m.state, m.customer, m.slot, m.type, m.trace, m.conversation,
         CASE WHEN m.type = 'template' THEN m.body ->> 'category' END AS category,
         CASE WHEN m.type <> 'read-marker' THEN m.body ->> 'biz_opaque_callback_data' END AS opaque,
         c.state AS new_state, c.at_ms, to_timestamp(c.at_ms / 1000) AS at,
         c.state >= 3 AND m.idempotency_key IS NULL AND EXISTS (SELECT 1 FROM passing) AS passes,
         m.state < 2 AND m.type <> 'read-marker' AS is_sent_now,
         coalesce(w.expires_at > to_timestamp(c.at_ms / 1000), false) AS is_open,
         w.id AS window_id, w.origin AS window_origin, w.expires_at AS window_expires_at, w.heard_at
  FROM fence, changes c
  JOIN message m ON m.account = $1 AND m.id = c.id AND m.state < c.state AND (c.customer IS NULL OR m.customer = c.customer)
  LEFT JOIN conversation w ON w.account = $1 AND w.slot = m.slot AND w.customer = m.customer
  FOR UPDATE OF m
), opening AS (
  SELECT DISTINCT ON (customer) slot, customer, at, category, heard_at AS heard_before
  FROM before WHERE is_sent_now AND NOT is_open
  ORDER BY customer, seq
), opened AS (
  INSERT INTO conversation AS w (account, slot, customer, id, origin, expires_at, heard_at)
  SELECT $1, slot, customer, left(md5($1 || '/' || customer || '/' || o.at), 16),
         CASE WHEN o.category IS NOT NULL THEN o.category
              WHEN greatest(o.heard_before, h.heard_at) > o.at - interval '24 hours' THEN 'user_initiated'
              WHEN o.at IS NOT NULL THEN 'business_initiated' END,
         o.at + interval '24 hours', h.heard_at
  FROM opening o FULL JOIN heard h USING (slot, customer)
  ORDER BY customer
  ON CONFLICT (account, slot, customer) DO UPDATE
  SET id = CASE WHEN w.expires_at > excluded.expires_at - interval '24 hours' THEN w.id ELSE coalesce(excluded.id, w.id) END,
      origin = CASE WHEN w.expires_at > excluded.expires_at - interval '24 hours' THEN w.origin ELSE coalesce(excluded.origin, w.origin) END,
      expires_at = CASE WHEN w.expires_at > excluded.expires_at - interval '24 hours' THEN w.expires_at ELSE coalesce(excluded.expires_at, w.expires_at) END,
      heard_at = greatest(w.heard_at, excluded.heard_at)
  RETURNING customer, json_build_object('id', id, 'expiration_timestamp', floor(extract(epoch FROM expires_at))::bigint,
                                        'origin', json_build_object('type', origin)) AS conversation
), openings AS (
  SELECT jsonb_object_agg(customer, conversation) AS by_customer FROM opened
), placed AS (
  SELECT b.*,
         CASE WHEN NOT b.is_sent_now THEN b.conversation
              WHEN b.is_open THEN json_build_object('id', b.window_id, 'expiration_timestamp', floor(extract(epoch FROM b.window_expires_at))::bigint,
                                                    'origin', json_build_object('type', b.window_origin))
              ELSE ((SELECT by_customer FROM openings) -> b.customer)::json END AS conversation_now
  FROM before b
), moved AS (
  UPDATE message m
  SET state = b.new_state,
      sent_at = coalesce(m.sent_at, b.at),
      delivered_at = CASE WHEN b.new_state >= 3 THEN coalesce(m.delivered_at, b.at) END,
      read_at = CASE WHEN b.new_state = 4 THEN b.at END,
      conversation = b.conversation_now
  FROM placed b WHERE m.account = $1 AND m.id = b.id AND NOT b.passes
), passed AS (
  DELETE FROM message m USING before b WHERE m.account = $1 AND m.id = b.id AND b.passes
), gone AS (
  DELETE FROM ciphertext x USING fence
  WHERE x.account = $1
    AND x.message_id = ANY (ARRAY(SELECT id FROM changes WHERE customer IS NULL UNION ALL SELECT id FROM before))
), status_told AS (
  INSERT INTO callback (account, slot, customer, event_id, kind, body, trace)
  SELECT $1, b.slot, b.customer, b.id || '-' || r.status, 'status_change',
         json_strip_nulls(json_build_object('kind', 'status_change', 'id', b.id, 'recipient_id', b.customer,
           'status', r.status, 'timestamp', floor(b.at_ms / 1000)::bigint, 'biz_opaque_callback_data', b.opaque,
           'conversation', p.conversation, 'pricing', p.pricing)),
         b.trace
  FROM placed b
  JOIN (VALUES ('sent', 2), ('delivered', 3), ('read', 4)) AS r(status, rank)
    ON r.rank > b.state AND r.rank <= b.new_state AND r.status IN (SELECT status FROM reported)
  LEFT JOIN LATERAL (
    SELECT b.conversation_now AS conversation,
           json_build_object('pricing_model', 'NBP', 'billable', false, 'category', b.conversation_now -> 'origin' -> 'type') AS pricing
    WHERE r.status <> 'read' AND b.conversation_now IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unpriced)
  ) p ON true
  WHERE b.type <> 'read-marker'
  ORDER BY b.seq, r.rank
  ON CONFLICT (account, event_id) DO NOTHING
), traced AS (
  SELECT json_agg(json_build_object('id', id, 'state', new_state, 'trace', trace)) AS moved FROM before WHERE trace IS NOT NULL
)
