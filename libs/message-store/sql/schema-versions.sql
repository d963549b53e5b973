-- -> version: migrations that this database has had; server: its version
SELECT (SELECT count(*)::int FROM schema_migration) AS version, current_setting('server_version') AS server
