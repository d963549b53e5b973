-- Fields that are given are set, the others stay; so do those of two that write at once.
-- $1 account  $2 name  $3 fields (JSON object)
INSERT INTO profile (account, name, value) VALUES ($1, $2, $3::json)
ON CONFLICT (account, name) DO UPDATE SET value = (profile.value::jsonb || excluded.value::jsonb)::json
