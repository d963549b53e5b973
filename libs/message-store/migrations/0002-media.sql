-- Files on the media volume. A row says what a file is; the bytes are in the volume, under the id.

CREATE TABLE media (
  account            smallint NOT NULL,
  id                 uuid NOT NULL,
  direction          text NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
  mime_type          text NOT NULL,
  size_bytes         bigint NOT NULL,
  sha256             bytea NOT NULL,              -- of the plain file
  filename           text,
  created_at         timestamptz NOT NULL DEFAULT now(),
  used_at            timestamptz NOT NULL DEFAULT now(),
  chat_url           text,                        -- https, without the key
  chat_key           bytea,                       -- sealed: nonce and key of the encrypted copy at chat_url
  chat_uploaded_at   timestamptz,
  PRIMARY KEY (account, id)
);
CREATE INDEX media_used ON media (account, used_at);
