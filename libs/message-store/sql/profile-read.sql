-- $1 account  $2 name
SELECT value FROM profile WHERE account = $1 AND name = $2
