-- The language a phone is set to, such as "pt_BR": what its person reads. Null: never said.
ALTER TABLE number ADD COLUMN language text;
