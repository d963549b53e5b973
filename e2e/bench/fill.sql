-- Customers with all that is known of them, none of whom is written to in the run.
-- $1 customers from  $2 to (inclusive)
WITH customers AS (
  SELECT '1666' || lpad(n::text, 9, '0') AS customer, (n % 32)::smallint AS slot FROM generate_series($1::int, $2::int) AS n
), contacts AS (
  INSERT INTO contact (account, wa_id, status, chat_jid)
  SELECT 1, customer, 'valid', '+' || customer || '@chat.localhost' FROM customers
), lists AS (
  INSERT INTO device_list (account, slot, customer, devices) SELECT 1, slot, customer, ARRAY[1234567] FROM customers
), sessions AS (
  INSERT INTO signal_session (account, slot, customer, device_id, record)
  SELECT 1, slot, customer, 1234567, decode(repeat(md5(customer), 20), 'hex') FROM customers
), identities AS (
  INSERT INTO identity (account, slot, customer, hash, created_at, acknowledged)
  SELECT 1, slot, customer, left(md5(customer), 12), now() - interval '1 year', true FROM customers
), conversations AS (
  INSERT INTO conversation (account, slot, customer, id, origin, expires_at)
  SELECT 1, slot, customer, left(md5(customer), 16), 'business_initiated', now() - interval '1 month' FROM customers
)
SELECT count(*)::int AS customers FROM customers
