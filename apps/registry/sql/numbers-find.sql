-- $1 numbers
SELECT number, kind, jid FROM number WHERE number = ANY ($1::text[])
