-- What the customer's phone is set to, such as "pt_BR", as the network's registry says it. Null: it does not know.
ALTER TABLE contact ADD COLUMN language text;
