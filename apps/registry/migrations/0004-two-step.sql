-- Numbers that nobody registers without their PIN. A row outlives every registration until its PIN is taken away.
CREATE TABLE two_step (
  number             text PRIMARY KEY,
  pin_hash           text NOT NULL,               -- argon2id
  wrong_attempts     integer NOT NULL DEFAULT 0,  -- since the last right one
  try_after          timestamptz                  -- no attempt counts before
);
