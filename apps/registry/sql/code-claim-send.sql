-- Takes the right to send a code, and stores it; nothing while the number has to wait.
-- $1 number  $2 kind  $3 salt  $4 hash  $5 now  $6 expires at  $7 waits in seconds after the 1st, 2nd, ... send (the last one stays)
-- $8 a row nobody asked for since then starts anew
-- Row: one when the right is granted
INSERT INTO code AS c (number, kind, salt, hash, expires_at, sends, send_after, asked_at)
VALUES ($1, $2, $3, $4, $6, 1, $5::timestamptz + ($7::integer[])[1] * interval '1 second', $5)
ON CONFLICT (number) DO UPDATE SET
  kind = $2, salt = $3, hash = $4, expires_at = $6, asked_at = $5,
  sends = CASE WHEN c.asked_at < $8 THEN 1 ELSE c.sends + 1 END,
  send_after = $5::timestamptz + interval '1 second' * ($7::integer[])[
    CASE WHEN c.asked_at < $8 THEN 1 ELSE least(c.sends + 1, cardinality($7::integer[])) END],
  wrong_attempts = CASE WHEN c.asked_at < $8 THEN 0 ELSE c.wrong_attempts END,
  try_after = CASE WHEN c.asked_at < $8 THEN NULL ELSE c.try_after END
WHERE c.send_after <= $5
RETURNING sends
