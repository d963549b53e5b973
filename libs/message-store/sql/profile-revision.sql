-- $1 account -> revision: another one after every change of what the account shows of itself
SELECT md5(concat(
  (SELECT verified_name FROM account WHERE id = $1),
  (SELECT string_agg(name || value::text, ',' ORDER BY name) FROM profile WHERE account = $1),
  (SELECT changed_at::text FROM profile_photo WHERE account = $1)
)) AS revision
