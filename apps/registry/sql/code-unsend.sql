-- The code could not be sent: it is void and nobody has to wait for the next.
-- $1 number  $2 hash of that code  $3 now
UPDATE code SET salt = NULL, hash = NULL, expires_at = NULL, sends = sends - 1, send_after = $3
WHERE number = $1 AND hash = $2
