-- $1 account  $2 kind  $3 integer[] ids -> prekeys, used ones within their grace period included
SELECT kind, id, public_key, private_key, signature FROM prekey WHERE account = $1 AND kind = $2 AND id = ANY ($3::int[])
