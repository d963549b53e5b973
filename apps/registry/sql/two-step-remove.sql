-- $1 number
DELETE FROM two_step WHERE number = $1
