-- What customers' phones tell that is no message. A status counts for a message from that customer (deleted) or to it (warning).
-- $1 account  $2 shard  $3 epoch  statuses: $4 text[] customer  $5 text[] message id  $6 text[] status  $7 float8[] time (ms)
-- changed numbers: $8 text[] old wa_id  $9 text[] new wa_id -> held (1 or 0: fenced)
WITH
-- @include "fence"
, told AS (
  INSERT INTO callback (account, slot, customer, event_id, kind, body, trace)
  SELECT $1, m.slot, m.customer, m.id || '-' || n.status, 'status_change',
         json_strip_nulls(json_build_object('kind', 'status_change', 'id', m.id, 'recipient_id', m.customer,
           'status', n.status, 'timestamp', floor(n.at_ms / 1000)::bigint,
           'biz_opaque_callback_data', CASE WHEN m.state < 10 THEN m.body ->> 'biz_opaque_callback_data' END)),
         m.trace
  FROM fence, unnest($4::text[], $5::text[], $6::text[], $7::float8[]) WITH ORDINALITY AS n(customer, id, status, at_ms, position)
  JOIN message m ON m.account = $1 AND m.id = n.id AND m.customer = n.customer AND m.type <> 'read-marker'
    AND CASE n.status WHEN 'deleted' THEN m.state >= 10 ELSE m.state BETWEEN 1 AND 4 END
  ORDER BY n.position
  ON CONFLICT (account, event_id) DO NOTHING
), left_behind AS (
  INSERT INTO contact (account, wa_id, status)
  SELECT DISTINCT $1::smallint, c.wa_id, 'invalid' FROM fence, unnest($8::text[]) AS c(wa_id)
  ON CONFLICT (account, wa_id) DO UPDATE SET status = 'invalid', chat_jid = NULL, checked_at = now()
), to_be_checked AS (
  DELETE FROM contact c USING fence WHERE c.account = $1 AND c.wa_id = ANY ($9::text[]) AND c.wa_id <> ALL ($8::text[])
)
SELECT count(*)::int AS held FROM fence
