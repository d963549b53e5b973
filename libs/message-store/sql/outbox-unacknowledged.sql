-- $1 account  $2 smallint[] slots  $3 after this sequence  $4 limit -> id, seq, stanza in order
SELECT c.message_id AS id, c.seq, c.stanza
FROM unnest($2::smallint[]) AS s(slot)
CROSS JOIN LATERAL (
  SELECT * FROM ciphertext WHERE account = $1 AND slot = s.slot AND seq > $3 ORDER BY seq LIMIT $4
) c
ORDER BY c.seq LIMIT $4
