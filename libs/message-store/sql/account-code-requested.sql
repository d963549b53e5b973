-- $1 account  $2 country code  $3 phone number  $4 certificate  $5 verified name
UPDATE account
SET country_code = $2, phone_number = $3, certificate = $4, verified_name = $5, state = 'code_requested'
WHERE id = $1
