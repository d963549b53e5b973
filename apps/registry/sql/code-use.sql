-- A code is used once. The row stays locked until the registration commits.
-- $1 number  $2 hash of the code
-- Row: one when it was still there
UPDATE code SET salt = NULL, hash = NULL, expires_at = NULL, wrong_attempts = 0, try_after = NULL
WHERE number = $1 AND hash = $2
RETURNING number
