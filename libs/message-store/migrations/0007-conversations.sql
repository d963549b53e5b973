-- One row a customer: the window of 24 hours that messages now fall into, and when the customer wrote last.
CREATE TABLE conversation (
  account            smallint NOT NULL,
  slot               smallint NOT NULL,
  customer           text NOT NULL,
  id                 text,                        -- null until the business has sent something
  origin             text,                        -- business_initiated, user_initiated, or the category of a template
  expires_at         timestamptz,
  heard_at           timestamptz,                 -- of the customer's last message, up to a minute early
  PRIMARY KEY (account, slot, customer)
) WITH (fillfactor = 80);

-- The window that the message was sent in, as callbacks carry it: it stays the message's own when the next one opens.
ALTER TABLE message ADD COLUMN conversation json;
-- Of a template: marketing, utility, authentication.
ALTER TABLE message ADD COLUMN category text;
