-- $1 account  $2 customer  $3 id of a message from the customer -> stanza_id
SELECT body ->> 'stanza_id' AS stanza_id FROM message WHERE account = $1 AND customer = $2 AND id = $3 AND state >= 10
