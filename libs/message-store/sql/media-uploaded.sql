-- $1 account  $2 uuid id  $3 URL without its fragment  $4 sealed nonce and key  $5 uploaded at, ms since 1970
-- -> a row if there is such a file
UPDATE media SET chat_url = $3, chat_key = $4, chat_uploaded_at = to_timestamp($5::float8 / 1000)
WHERE account = $1 AND id = $2 RETURNING id
