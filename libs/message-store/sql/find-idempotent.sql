-- Messages by idempotency key.
-- $1 smallint[] account  $2 text[] key -> account, idempotency_key, id, customer, slot
SELECT m.account, m.idempotency_key, m.id, m.customer, m.slot
FROM unnest($1::smallint[], $2::text[]) AS k(account, key)
JOIN message m ON m.account = k.account AND m.idempotency_key = k.key
