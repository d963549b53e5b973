-- $1 number  $2 now
-- Row: the wait in seconds before another attempt (null: none); no row when the number has no PIN
SELECT extract(epoch FROM try_after - $2::timestamptz)::float8 AS wait_s FROM two_step WHERE number = $1
