-- $1 account  $2 text[] kind  $3 int[] id  $4 bytea[] public  $5 bytea[] sealed private  $6 bytea[] signature or null
-- $7 float8[] created at (ms)  $8 float8[] used at (ms) or null
INSERT INTO prekey (account, kind, id, public_key, private_key, signature, created_at, used_at)
SELECT $1, n.kind, n.id, n.public_key, n.private_key, n.signature, to_timestamp(n.created_ms / 1000), to_timestamp(n.used_ms / 1000)
FROM unnest($2::text[], $3::int[], $4::bytea[], $5::bytea[], $6::bytea[], $7::float8[], $8::float8[])
  AS n(kind, id, public_key, private_key, signature, created_ms, used_ms)
