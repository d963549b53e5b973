-- What an administrator kept before a backup takes its place, and prekeys of another identity.
-- $1 account
WITH prekeys AS (DELETE FROM prekey WHERE account = $1),
     settings AS (DELETE FROM setting WHERE account = $1),
     profiles AS (DELETE FROM profile WHERE account = $1),
     photos AS (DELETE FROM profile_photo WHERE account = $1)
DELETE FROM media_provider WHERE account = $1
