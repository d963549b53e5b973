-- Nothing when the account has a registered number: what runs already is never replaced.
-- $1 account  $2 wa_id  $3 country code  $4 phone number  $5 verified name  $6 certificate  $7 shard count  $8 chat JID
-- $9 sealed chat password  $10 device id  $11 registration id  $12 public identity key  $13 sealed private identity key
-- $14 hash of its PIN or null  $15 registered at (ms) -> a row when it was restored
UPDATE account
SET state = 'registered', wa_id = $2, country_code = $3, phone_number = $4, verified_name = $5, certificate = $6, shard_count = $7,
    chat_jid = $8, chat_password = $9, device_id = $10, registration_id = $11, identity_public = $12, identity_private = $13,
    pin_hash = $14, code_pin = NULL, registered_at = to_timestamp($15::float8 / 1000)
WHERE id = $1 AND state <> 'registered' RETURNING 1
