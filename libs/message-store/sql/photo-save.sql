-- $1 account  $2 MIME type  $3 content
INSERT INTO profile_photo (account, mime_type, content) VALUES ($1, $2, $3)
ON CONFLICT (account) DO UPDATE SET mime_type = excluded.mime_type, content = excluded.content, changed_at = now()
