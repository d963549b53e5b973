-- $1 number  $2 hash of its PIN
INSERT INTO two_step (number, pin_hash) VALUES ($1, $2)
ON CONFLICT (number) DO UPDATE SET pin_hash = excluded.pin_hash, wrong_attempts = 0, try_after = NULL
