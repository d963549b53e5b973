-- $1 account  $2 slot  $3 customer  $4 hash -> a row if that is the customer's identity now
UPDATE identity SET acknowledged = true WHERE account = $1 AND slot = $2 AND customer = $3 AND hash = $4 RETURNING 1
