-- Removes a node at its clean stop, unless a later boot of it has registered.
-- $1  id   $2  started at (timestamptz)
DELETE FROM node WHERE id = $1 AND started_at <= $2
