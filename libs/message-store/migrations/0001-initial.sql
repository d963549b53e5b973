-- The cluster's database. Rows that a shard's owner works on carry (account, slot): a customer's slot is hash(wa_id) % 32,
-- a shard is the set of slots with slot % shard_count = shard. Sealed columns are AES-256-GCM under the operator's key.

CREATE TABLE account (
  id                 smallint PRIMARY KEY,
  wa_id              text UNIQUE,
  country_code       text,
  phone_number       text,
  state              text NOT NULL DEFAULT 'unregistered'
                     CHECK (state IN ('unregistered', 'code_requested', 'registered')),
  chat_jid           text,
  chat_password      bytea,                       -- sealed
  verified_name      text,
  certificate        text,
  device_id          bigint,
  registration_id    integer,
  identity_public    bytea,
  identity_private   bytea,                       -- sealed
  shard_count        smallint NOT NULL DEFAULT 1 CHECK (shard_count IN (1, 2, 4, 8, 16, 32)),
  registered_at      timestamptz
);
INSERT INTO account (id) VALUES (1);

CREATE TABLE cluster_term (
  only_row           boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  term               bigint NOT NULL,
  leader             text
);
INSERT INTO cluster_term (term) VALUES (0);

CREATE TABLE node (
  id                 text PRIMARY KEY,            -- hostname:instance, as shown by GET /v1/health
  role               text NOT NULL CHECK (role IN ('master', 'coreapp')),
  host               text NOT NULL,
  port               integer NOT NULL,
  started_at         timestamptz NOT NULL DEFAULT now(),
  seen_at            timestamptz NOT NULL DEFAULT now()
);

-- shard -1 is the control shard. Every change of owner raises the epoch; only a term at least as new may write.
CREATE TABLE shard (
  account            smallint NOT NULL REFERENCES account,
  shard              smallint NOT NULL CHECK (shard BETWEEN -1 AND 31),
  owner              text,
  epoch              bigint NOT NULL DEFAULT 0,
  term               bigint NOT NULL DEFAULT 0,
  changed_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, shard)
) WITH (fillfactor = 50);

-- state: 0 accepted, 1 encrypted, 2 sent, 3 delivered, 4 read, 5 failed; 10 received, 11 marked read (inbound)
CREATE TABLE message (
  account            smallint NOT NULL,
  id                 text NOT NULL,
  seq                bigint GENERATED ALWAYS AS IDENTITY,
  customer           text NOT NULL,
  slot               smallint NOT NULL,
  type               text NOT NULL,
  body               json NOT NULL,
  state              smallint NOT NULL,
  retry_at           timestamptz,                 -- parked until; null when ready
  attempts           smallint NOT NULL DEFAULT 0,
  trace              text,                        -- W3C traceparent
  idempotency_key    text,
  error              json,
  accepted_at        timestamptz NOT NULL DEFAULT now(),
  sent_at            timestamptz,
  delivered_at       timestamptz,
  read_at            timestamptz,
  PRIMARY KEY (account, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX message_idempotency ON message (account, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX message_ready ON message (account, slot, seq) WHERE state = 0 AND retry_at IS NULL;
CREATE INDEX message_parked ON message (account, slot, retry_at) WHERE state = 0 AND retry_at IS NOT NULL;

-- Written in the transaction that advances the ratchet, before the first byte is sent; deleted at the server's acknowledgement.
CREATE TABLE ciphertext (
  account            smallint NOT NULL,
  message_id         text NOT NULL,
  slot               smallint NOT NULL,
  seq                bigint NOT NULL,
  stanza             text NOT NULL,
  PRIMARY KEY (account, message_id)
);
CREATE INDEX ciphertext_order ON ciphertext (account, slot, seq);

CREATE TABLE signal_session (
  account            smallint NOT NULL,
  slot               smallint NOT NULL,
  customer           text NOT NULL,
  device_id          bigint NOT NULL,
  record             bytea NOT NULL,              -- sealed
  PRIMARY KEY (account, slot, customer, device_id)
) WITH (fillfactor = 70);

CREATE TABLE device_list (
  account            smallint NOT NULL,
  slot               smallint NOT NULL,
  customer           text NOT NULL,
  devices            bigint[] NOT NULL,
  fetched_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, slot, customer)
);

CREATE TABLE prekey (
  account            smallint NOT NULL,
  kind               text NOT NULL CHECK (kind IN ('signed', 'one-time')),
  id                 integer NOT NULL,
  public_key         bytea NOT NULL,
  private_key        bytea NOT NULL,              -- sealed
  signature          bytea,
  created_at         timestamptz NOT NULL DEFAULT now(),
  used_at            timestamptz,                 -- kept for a grace period after its first use
  PRIMARY KEY (account, kind, id)
);

CREATE TABLE inbox (
  account            smallint NOT NULL,
  seq                bigint GENERATED ALWAYS AS IDENTITY,
  customer           text NOT NULL,
  slot               smallint NOT NULL,
  stanza_id          text NOT NULL,
  stanza_hash        bytea NOT NULL,
  stanza             text NOT NULL,
  delayed_at         timestamptz,                 -- the server's delay stamp (XEP-0203)
  received_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, seq),
  UNIQUE (account, customer, stanza_id, stanza_hash)
);
CREATE INDEX inbox_order ON inbox (account, slot, seq);

CREATE TABLE callback (
  account            smallint NOT NULL,
  seq                bigint GENERATED ALWAYS AS IDENTITY,
  slot               smallint NOT NULL,           -- -1: about the account, delivered by the control shard's owner
  customer           text NOT NULL,
  event_id           text NOT NULL,
  kind               text NOT NULL,               -- inbound_message, status_change, error
  body               json NOT NULL,
  trace              text,
  attempts           integer NOT NULL DEFAULT 0,
  next_attempt_at    timestamptz,
  dead_reason        text,
  created_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, seq),
  UNIQUE (account, event_id)
);
CREATE INDEX callback_due ON callback (account, slot, seq) WHERE dead_reason IS NULL;

CREATE TABLE contact (
  account            smallint NOT NULL,
  wa_id              text NOT NULL,
  status             text NOT NULL CHECK (status IN ('valid', 'invalid')),
  chat_jid           text,
  checked_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, wa_id)
);

CREATE TABLE setting (
  account            smallint NOT NULL,
  name               text NOT NULL,
  value              json NOT NULL,
  PRIMARY KEY (account, name)
);

CREATE TABLE api_user (
  username           text PRIMARY KEY,
  role               text NOT NULL CHECK (role IN ('ROLE_ADMIN', 'ROLE_USER')),
  password_hash      text NOT NULL,
  token_secret       text NOT NULL,               -- mixed into the signing key: a new one ends every token of the user
  must_change        boolean NOT NULL DEFAULT false,
  created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE certificate (
  name               text PRIMARY KEY,
  pem                text NOT NULL,
  private_key        bytea,                       -- sealed
  created_at         timestamptz NOT NULL DEFAULT now()
);
