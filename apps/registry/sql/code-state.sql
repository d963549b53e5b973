-- Why nothing can be sent or tried.
-- $1 number  $2 now
SELECT kind, hash IS NOT NULL AS has_code, coalesce(expires_at <= $2, true) AS is_expired,
       extract(epoch FROM send_after - $2::timestamptz)::float8 AS send_wait_s,
       extract(epoch FROM try_after - $2::timestamptz)::float8 AS try_wait_s
FROM code WHERE number = $1
