-- Within a transaction: keeps a newer term from beginning until the transaction ends.
-- $1  the writer's term
-- Row: one when the term may still write; none when a newer term has begun
SELECT term FROM cluster_term WHERE term <= $1 FOR SHARE
