-- $1 number  $2 hash of the PIN that was right
UPDATE two_step SET wrong_attempts = 0, try_after = NULL WHERE number = $1 AND pin_hash = $2
