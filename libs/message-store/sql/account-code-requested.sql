-- $1 account  $2 country code  $3 phone number  $4 certificate  $5 verified name  $6 sealed PIN of two-step verification or null
UPDATE account
SET country_code = $2, phone_number = $3, certificate = $4, verified_name = $5, code_pin = $6, state = 'code_requested'
WHERE id = $1
