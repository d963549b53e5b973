-- $1 account  $2 hash of its PIN or null
UPDATE account SET pin_hash = $2 WHERE id = $1
