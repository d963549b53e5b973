-- $1 account -> hash of its PIN, null: none
SELECT pin_hash FROM account WHERE id = $1
