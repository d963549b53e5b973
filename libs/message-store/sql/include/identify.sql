-- Customers' new identities. One that is there already stays as it is, so that an acknowledgement is never taken back.
-- $1 account; identities (slot, customer, hash, created_at_ms, acknowledged); fence
identified AS (
  INSERT INTO identity AS i (account, slot, customer, hash, created_at, acknowledged)
  SELECT $1, n.slot, n.customer, n.hash, to_timestamp(n.created_at_ms / 1000), n.acknowledged
  FROM fence, identities n
  ORDER BY n.customer
  ON CONFLICT (account, slot, customer) DO UPDATE
  SET hash = excluded.hash, created_at = excluded.created_at, acknowledged = excluded.acknowledged
  WHERE i.hash <> excluded.hash
)
