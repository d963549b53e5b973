-- Delivered messages of the last twenty days to the customers of fill.sql: none is old enough to be collected as garbage.
-- $1 messages from  $2 to (inclusive)  $3 how many customers
INSERT INTO message (account, id, customer, slot, type, body, state, accepted_at, sent_at, delivered_at)
SELECT 1, 'filler-' || md5(n::text), '1666' || lpad((n % $3::int)::text, 9, '0'), ((n % $3::int) % 32)::smallint, 'text',
       json_build_object('text', json_build_object('body', 'Your order has left the warehouse and reaches you tomorrow between nine and twelve.')),
       3, at, at, at
FROM generate_series($1::int, $2::int) AS n, LATERAL (SELECT now() - interval '1 day' - (n % 1700000) * interval '1 second' AS at) AS filled
