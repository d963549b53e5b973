-- $1 username  $2 role  $3 password hash  $4 token secret  $5 must change; null leaves a field -> a row if there is such a user
UPDATE api_user
SET role = coalesce($2, role), password_hash = coalesce($3, password_hash), token_secret = coalesce($4, token_secret),
    must_change = coalesce($5::boolean, must_change)
WHERE username = $1 RETURNING username
