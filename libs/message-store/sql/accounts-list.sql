-- -> every account
SELECT * FROM account ORDER BY id
