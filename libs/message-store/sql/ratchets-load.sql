-- $1 account  $2 smallint[] slot  $3 text[] customer
-- -> customer, devices (null without a list), fetched_at_ms, device_ids and records of the sessions, the identity (null without
-- one), heard_at_ms: of the customer's last message, up to a minute early
SELECT w.customer, l.devices, (extract(epoch FROM l.fetched_at) * 1000)::float8 AS fetched_at_ms, s.device_ids, s.records,
       i.hash, (extract(epoch FROM i.created_at) * 1000)::float8 AS created_at_ms, i.acknowledged,
       (extract(epoch FROM c.heard_at) * 1000)::float8 AS heard_at_ms
FROM unnest($2::smallint[], $3::text[]) AS w(slot, customer)
LEFT JOIN device_list l ON l.account = $1 AND l.slot = w.slot AND l.customer = w.customer
LEFT JOIN identity i ON i.account = $1 AND i.slot = w.slot AND i.customer = w.customer
LEFT JOIN conversation c ON c.account = $1 AND c.slot = w.slot AND c.customer = w.customer
LEFT JOIN LATERAL (
  SELECT array_agg(device_id) AS device_ids, array_agg(record) AS records
  FROM signal_session WHERE account = $1 AND slot = w.slot AND customer = w.customer
) s ON true
