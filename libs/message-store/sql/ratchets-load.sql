-- $1 account  $2 smallint[] slot  $3 text[] customer
-- -> customer, devices (null without a list), fetched_at_ms, sessions: JSON array of {device, record (base64)}
SELECT w.customer, l.devices, (extract(epoch FROM l.fetched_at) * 1000)::float8 AS fetched_at_ms, s.device_ids, s.records
FROM unnest($2::smallint[], $3::text[]) AS w(slot, customer)
LEFT JOIN device_list l ON l.account = $1 AND l.slot = w.slot AND l.customer = w.customer
LEFT JOIN LATERAL (
  SELECT array_agg(device_id) AS device_ids, array_agg(record) AS records
  FROM signal_session WHERE account = $1 AND slot = w.slot AND customer = w.customer
) s ON true
