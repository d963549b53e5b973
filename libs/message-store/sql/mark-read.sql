-- Marks an inbound message read, and puts the marker for the customer's phone in the outbox the first time. What the
-- gateway itself told of the customer was on no phone.
-- $1 account  $2 id  $3 id of the marker's own row  $4 traceparent or null -> customer, slot, if the message is there
WITH found AS (
  SELECT customer, slot, state FROM message WHERE account = $1 AND id = $2 AND state >= 10 FOR UPDATE
), marked AS (
  UPDATE message SET state = 11, read_at = now() WHERE account = $1 AND id = $2 AND state = 10 RETURNING body
), marker AS (
  INSERT INTO message (account, id, customer, slot, type, body, state, trace)
  SELECT $1, $3, f.customer, f.slot, 'read-marker', m.body, 0, $4 FROM found f, marked m
  WHERE m.body ->> 'stanza_id' IS NOT NULL
)
SELECT customer, slot FROM found
