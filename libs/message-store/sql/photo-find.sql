-- $1 account
SELECT mime_type, content FROM profile_photo WHERE account = $1
