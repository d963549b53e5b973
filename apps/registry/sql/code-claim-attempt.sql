-- Counts an attempt before it is judged, so that attempts made at once are counted each.
-- $1 number  $2 kind  $3 now  $4 attempts without a wait  $5 waits in seconds after the attempts beyond (the last one stays)
-- Row: salt, hash and the wait in seconds should the attempt be wrong (null: none); no row when there is nothing to try
UPDATE code SET
  wrong_attempts = wrong_attempts + 1,
  try_after = CASE WHEN wrong_attempts + 1 >= $4 THEN $3::timestamptz
    + interval '1 second' * ($5::integer[])[least(wrong_attempts + 2 - $4, cardinality($5::integer[]))] END
WHERE number = $1 AND kind = $2 AND hash IS NOT NULL AND expires_at > $3 AND (try_after IS NULL OR try_after <= $3)
RETURNING salt, hash, extract(epoch FROM try_after - $3::timestamptz)::float8 AS wait_s
