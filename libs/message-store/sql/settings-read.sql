-- $1 account -> name, value
SELECT name, value FROM setting WHERE account = $1
