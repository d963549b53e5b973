-- $1 namespace
SELECT language, version::float8 AS version FROM language_pack WHERE namespace = $1
