-- Dead letters take their places again as if they had come just now: their time to succeed begins anew. The unknown message that
-- was told in place of a stanza goes, so that the real one can be told under the same id.
-- $1 account  $2 bigint[] callbacks  $3 bigint[] messages  $4 bigint[] stanzas  $5 text[] ids of the stanzas' messages -> replayed
WITH callbacks AS (
  UPDATE callback SET dead_reason = NULL, attempts = 0, next_attempt_at = NULL, created_at = now()
  WHERE account = $1 AND dead_reason IS NOT NULL AND seq = ANY ($2::bigint[]) RETURNING 1
), messages AS (
  UPDATE message SET state = 0, dead_reason = NULL, error = NULL, attempts = 0, retry_at = NULL, accepted_at = now()
  WHERE account = $1 AND dead_reason IS NOT NULL AND state = 5 AND seq = ANY ($3::bigint[]) RETURNING 1
), stanzas AS (
  DELETE FROM dead_stanza WHERE account = $1 AND seq = ANY ($4::bigint[])
  RETURNING account, customer, slot, stanza_id, stanza_hash, stanza, delayed_at, received_at
), untold AS (
  DELETE FROM message WHERE account = $1 AND id = ANY ($5::text[]) AND type = 'unknown' AND state >= 10
), uncalled AS (
  DELETE FROM callback WHERE account = $1 AND event_id = ANY ($5::text[])
), back AS (
  INSERT INTO inbox (account, customer, slot, stanza_id, stanza_hash, stanza, delayed_at, received_at)
  SELECT * FROM stanzas
  ON CONFLICT (account, customer, stanza_id, stanza_hash) DO NOTHING
)
SELECT (SELECT count(*) FROM callbacks)::int + (SELECT count(*) FROM messages)::int + (SELECT count(*) FROM stanzas)::int AS amount
