-- What customers send beyond text.

-- Sealed JSON of the files that are still at the chat network, with their keys. While it stands, the callback and what is behind it
-- for the same customer wait.
ALTER TABLE callback ADD COLUMN held bytea;
CREATE INDEX callback_held ON callback (account, slot, customer, seq) WHERE held IS NOT NULL;

-- What a customer may answer by typing: the choices of the last message with choices, until the first answer.
CREATE TABLE offered_choices (
  account            smallint NOT NULL,
  slot               smallint NOT NULL,
  customer           text NOT NULL,
  message_id         text NOT NULL,
  choices            json NOT NULL,
  offered_at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, slot, customer)
) WITH (fillfactor = 70);

-- Phones name their own messages by the ids of their stanzas.
CREATE INDEX message_stanza ON message (account, customer, (body ->> 'stanza_id')) WHERE state >= 10;
