-- $1 account
DELETE FROM setting WHERE account = $1
