-- $1 account  $2 text[] name  $3 text[] type  $4 bytea[] sealed config
INSERT INTO media_provider (account, name, type, config)
SELECT $1, p.name, p.type, p.config FROM unnest($2::text[], $3::text[], $4::bytea[]) AS p(name, type, config) ORDER BY p.name
ON CONFLICT (account, name) DO UPDATE SET type = excluded.type, config = excluded.config
