-- Moves outgoing messages forward, deletes their ciphertexts, and writes one callback for each reported status passed.
-- State only moves forward; a status that was skipped is reported first, so that no receiver sees `delivered` alone.
-- $1 account  $2 shard  $3 epoch  $4 text[] id  $5 smallint[] new state  $6 float8[] time (ms)  $7 text[] reported statuses
-- -> held (1 or 0: fenced), moved: JSON array of the traced messages that moved, or null
WITH fence AS MATERIALIZED (
  SELECT 1 FROM shard WHERE account = $1 AND shard = $2 AND epoch = $3 FOR SHARE
), before AS (
  SELECT m.id, m.seq, m.state, m.customer, m.slot, m.type, m.trace, m.body ->> 'biz_opaque_callback_data' AS opaque,
         c.state AS new_state, c.at_ms
  FROM fence, unnest($4::text[], $5::smallint[], $6::float8[]) AS c(id, state, at_ms)
  JOIN message m ON m.account = $1 AND m.id = c.id AND m.state < c.state
  FOR UPDATE OF m
), moved AS (
  UPDATE message m
  SET state = b.new_state,
      sent_at = coalesce(m.sent_at, to_timestamp(b.at_ms / 1000)),
      delivered_at = CASE WHEN b.new_state >= 3 THEN coalesce(m.delivered_at, to_timestamp(b.at_ms / 1000)) END,
      read_at = CASE WHEN b.new_state = 4 THEN to_timestamp(b.at_ms / 1000) END
  FROM before b WHERE m.account = $1 AND m.id = b.id
), gone AS (
  DELETE FROM ciphertext x USING fence, unnest($4::text[]) AS c(id) WHERE x.account = $1 AND x.message_id = c.id
), told AS (
  INSERT INTO callback (account, slot, customer, event_id, kind, body, trace)
  SELECT $1, b.slot, b.customer, b.id || '-' || r.status, 'status_change',
         json_strip_nulls(json_build_object('kind', 'status_change', 'id', b.id, 'recipient_id', b.customer,
           'status', r.status, 'timestamp', floor(b.at_ms / 1000)::bigint, 'biz_opaque_callback_data', b.opaque)),
         b.trace
  FROM before b
  JOIN (VALUES ('sent', 2), ('delivered', 3), ('read', 4)) AS r(status, rank)
    ON r.rank > b.state AND r.rank <= b.new_state AND r.status = ANY ($7::text[])
  WHERE b.type <> 'read-marker'
  ORDER BY b.seq, r.rank
  ON CONFLICT (account, event_id) DO NOTHING
)
SELECT (SELECT count(*) FROM fence)::int AS held,
       (SELECT json_agg(json_build_object('id', id, 'state', new_state, 'trace', trace)) FROM before WHERE trace IS NOT NULL) AS moved
