-- $1 username  $2 role  $3 password hash  $4 token secret  $5 must change -> a row unless the name is taken
INSERT INTO api_user (username, role, password_hash, token_secret, must_change) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (username) DO NOTHING RETURNING username
