-- It stands in the message's body.
ALTER TABLE message DROP COLUMN category;
