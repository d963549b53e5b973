-- $1 numbers
SELECT number, kind, jid, language FROM number WHERE number = ANY ($1::text[])
