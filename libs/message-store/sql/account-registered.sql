-- The device identity is kept for good: a second registration keeps the first one's keys.
-- $1 account  $2 wa_id  $3 chat JID  $4 sealed chat password  $5 device id  $6 registration id  $7 public identity key
-- $8 sealed private identity key  $9 hash of the PIN of two-step verification or null
UPDATE account
SET state = 'registered', wa_id = $2, chat_jid = $3, chat_password = $4, registered_at = now(),
    code_pin = NULL, pin_hash = $9,
    identity_private = CASE WHEN identity_public IS NULL THEN $8::bytea ELSE identity_private END,
    device_id = coalesce(device_id, $5::bigint), registration_id = coalesce(registration_id, $6::int),
    identity_public = coalesce(identity_public, $7::bytea)
WHERE id = $1
