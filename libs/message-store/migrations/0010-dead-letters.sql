-- What failed each time it was tried, kept with its reason until an operator replays or drops it. A reason is a fixed word or an
-- error's name and code, never content. Callbacks have had theirs from the start.
ALTER TABLE message ADD COLUMN dead_reason text;
CREATE INDEX message_dead ON message (account, seq) WHERE dead_reason IS NOT NULL;
CREATE INDEX callback_dead ON callback (account, seq) WHERE dead_reason IS NOT NULL;

CREATE TABLE dead_stanza (
  account            smallint NOT NULL,
  seq                bigint NOT NULL,             -- as it was in the inbox
  customer           text NOT NULL,
  slot               smallint NOT NULL,
  stanza_id          text NOT NULL,
  stanza_hash        bytea NOT NULL,
  stanza             text NOT NULL,
  delayed_at         timestamptz,
  received_at        timestamptz NOT NULL,
  reason             text NOT NULL,
  PRIMARY KEY (account, seq)
);
