-- $1 username
SELECT username, role, password_hash, token_secret, must_change FROM api_user WHERE username = $1
