-- What the administrator keeps beside the application settings, and what cleaning up needs.

-- Of the two-step verification, argon2id; null: off.
ALTER TABLE account ADD COLUMN pin_hash text;

-- business.profile, business.compliance_info, profile.about
CREATE TABLE profile (
  account            smallint NOT NULL,
  name               text NOT NULL,
  value              json NOT NULL,
  PRIMARY KEY (account, name)
);

CREATE TABLE profile_photo (
  account            smallint PRIMARY KEY,
  mime_type          text NOT NULL,
  content            bytea NOT NULL,
  changed_at         timestamptz NOT NULL DEFAULT now()
);

-- Where the business keeps media that messages name by link.
CREATE TABLE media_provider (
  account            smallint NOT NULL,
  name               text NOT NULL,
  type               text NOT NULL,
  config             bytea NOT NULL,              -- sealed JSON: how to authorize there
  PRIMARY KEY (account, name)
);

CREATE TABLE stickerpack (
  account            smallint NOT NULL,
  id                 uuid NOT NULL,
  publisher          text NOT NULL,
  name               text NOT NULL,
  ios_app_store_link     text,
  android_app_store_link text,
  created_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, id)
);

-- position: never given to another sticker of its pack
CREATE TABLE sticker (
  account            smallint NOT NULL,
  pack               uuid NOT NULL,
  position           integer NOT NULL,
  media_id           text NOT NULL,
  emojis             text[] NOT NULL,
  PRIMARY KEY (account, pack, position),
  FOREIGN KEY (account, pack) REFERENCES stickerpack ON DELETE CASCADE
);

-- The garbage collector goes through a slot's messages from the oldest on.
CREATE INDEX message_age ON message (account, slot, accepted_at);
