-- Begins a new term. Waits for a write of an older term that is under way (it holds the row FOR SHARE).
-- $1  leader (text), for people to read
-- Row: term
UPDATE cluster_term SET term = term + 1, leader = $1 RETURNING term
