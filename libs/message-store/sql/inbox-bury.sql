-- Copies stanzas that cannot be processed before they are taken from the inbox.
-- $1 account  $2 shard  $3 epoch  $4 bigint[] sequence  $5 text[] reason -> held (1 or 0: fenced)
WITH
-- @include "fence"
, buried AS (
  INSERT INTO dead_stanza (account, seq, customer, slot, stanza_id, stanza_hash, stanza, delayed_at, received_at, reason)
  SELECT i.account, i.seq, i.customer, i.slot, i.stanza_id, i.stanza_hash, i.stanza, i.delayed_at, i.received_at, b.reason
  FROM fence, unnest($4::bigint[], $5::text[]) AS b(seq, reason)
  JOIN inbox i ON i.account = $1 AND i.seq = b.seq
  ON CONFLICT (account, seq) DO NOTHING
)
SELECT count(*)::int AS held FROM fence
