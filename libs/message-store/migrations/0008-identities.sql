-- A customer's identity: a hash over the identity keys of the customer's devices. A key that was not among them before makes a
-- new one. Nothing is sent to who has one that is not acknowledged, while the setting show_security_notifications is on.
CREATE TABLE identity (
  account            smallint NOT NULL,
  slot               smallint NOT NULL,
  customer           text NOT NULL,
  hash               text NOT NULL,               -- 8 bytes, base64
  created_at         timestamptz NOT NULL,
  acknowledged       boolean NOT NULL,
  PRIMARY KEY (account, slot, customer)
);
-- What every accepted message looks into: nearly always empty.
CREATE INDEX identity_unacknowledged ON identity (account, customer) WHERE NOT acknowledged;
