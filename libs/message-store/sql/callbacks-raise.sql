-- $1 account  $2 event id  $3 event (JSON), whose `kind` is the row's: about the account, for the control shard's owner to deliver
INSERT INTO callback (account, slot, customer, event_id, kind, body)
VALUES ($1, -1, '', $2, $3::json ->> 'kind', $3::json)
ON CONFLICT (account, event_id) DO NOTHING
