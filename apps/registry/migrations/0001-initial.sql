-- The registry's database. Numbers are E.164 digits without "+".

CREATE TABLE number (
  number             text PRIMARY KEY,
  kind               text NOT NULL CHECK (kind IN ('business', 'phone')),
  jid                text NOT NULL,
  verified_name      text,                        -- businesses only
  registered_at      timestamptz NOT NULL DEFAULT now()
);

-- One row a number that a code was asked for. It outlives its code: it carries the waiting times.
CREATE TABLE code (
  number             text PRIMARY KEY,
  kind               text NOT NULL CHECK (kind IN ('business', 'phone')),
  salt               bytea,                       -- null once the code is used, or was never sent
  hash               bytea,                       -- scrypt of the code
  expires_at         timestamptz,
  sends              integer NOT NULL DEFAULT 0,  -- since the last quiet day
  send_after         timestamptz NOT NULL,        -- no further code is sent before
  wrong_attempts     integer NOT NULL DEFAULT 0,  -- since the last success or quiet day
  try_after          timestamptz,                 -- no attempt counts before
  asked_at           timestamptz NOT NULL
);

-- The key that certificates are signed with. Whoever reads this table can issue certificates.
CREATE TABLE signing_key (
  only_row           boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  public_key         bytea NOT NULL,              -- Ed25519, SPKI DER
  private_key        bytea NOT NULL,              -- Ed25519, PKCS #8 DER
  created_at         timestamptz NOT NULL DEFAULT now()
);
