-- The newest registration of a number wins.
-- $1 numbers  $2 kind  $3 their jids  $4 verified name or null  $5 language or null
INSERT INTO number (number, kind, jid, verified_name, language)
SELECT n.number, $2, n.jid, $4, $5 FROM unnest($1::text[], $3::text[]) AS n (number, jid)
ON CONFLICT (number) DO UPDATE
SET kind = excluded.kind, jid = excluded.jid, verified_name = excluded.verified_name, language = excluded.language, registered_at = now()
