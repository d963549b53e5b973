-- $1 account  $2 text[] name  $3 text[] value (JSON)
INSERT INTO setting (account, name, value)
SELECT $1, s.name, s.value::json FROM unnest($2::text[], $3::text[]) AS s(name, value) ORDER BY s.name
ON CONFLICT (account, name) DO UPDATE SET value = excluded.value
