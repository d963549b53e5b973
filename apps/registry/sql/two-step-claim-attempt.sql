-- Counts an attempt before it is judged, so that attempts made at once are counted each.
-- $1 number  $2 now  $3 attempts without a wait  $4 waits in seconds after the attempts beyond (the last one stays)
-- Row: the hash and the wait in seconds should the attempt be wrong (null: none); no row when there is nothing to try
UPDATE two_step SET
  wrong_attempts = wrong_attempts + 1,
  try_after = CASE WHEN wrong_attempts + 1 >= $3 THEN $2::timestamptz
    + interval '1 second' * ($4::integer[])[least(wrong_attempts + 2 - $3, cardinality($4::integer[]))] END
WHERE number = $1 AND (try_after IS NULL OR try_after <= $2)
RETURNING pin_hash, extract(epoch FROM try_after - $2::timestamptz)::float8 AS wait_s
