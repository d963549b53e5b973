-- Group commit of accepted messages; an idempotency key that is there already keeps its first message. Nothing is accepted for
-- a customer whose changed identity is not acknowledged, while the setting show_security_notifications is on.
-- $1 smallint[] account  $2 text[] id  $3 text[] customer  $4 smallint[] slot  $5 text[] type  $6 text[] body (JSON)
-- $7 text[] idempotency key or null  $8 text[] traceparent or null
-- -> id, of each row that was written
INSERT INTO message (account, id, customer, slot, type, body, state, idempotency_key, trace)
SELECT n.account, n.id, n.customer, n.slot, n.type, n.body::json, 0, n.idempotency_key, n.trace
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[])
  WITH ORDINALITY AS n(account, id, customer, slot, type, body, idempotency_key, trace, position)
WHERE NOT EXISTS (
  SELECT 1 FROM identity i JOIN setting s ON s.account = i.account AND s.name = 'show_security_notifications' AND s.value::text = 'true'
  WHERE i.account = n.account AND i.customer = n.customer AND NOT i.acknowledged
)
ORDER BY n.position
ON CONFLICT (account, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id
