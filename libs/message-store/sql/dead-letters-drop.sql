-- A message itself stays, as what it is: failed. $1 account  $2 bigint[] callbacks  $3 bigint[] messages  $4 bigint[] stanzas -> dropped
WITH callbacks AS (
  DELETE FROM callback WHERE account = $1 AND dead_reason IS NOT NULL AND seq = ANY ($2::bigint[]) RETURNING 1
), messages AS (
  UPDATE message SET dead_reason = NULL WHERE account = $1 AND dead_reason IS NOT NULL AND seq = ANY ($3::bigint[]) RETURNING 1
), stanzas AS (
  DELETE FROM dead_stanza WHERE account = $1 AND seq = ANY ($4::bigint[]) RETURNING 1
)
SELECT (SELECT count(*) FROM callbacks)::int + (SELECT count(*) FROM messages)::int + (SELECT count(*) FROM stanzas)::int AS amount
