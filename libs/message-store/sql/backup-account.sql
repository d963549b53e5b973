-- $1 account -> its row when it is registered
SELECT * FROM account WHERE id = $1 AND state = 'registered'
