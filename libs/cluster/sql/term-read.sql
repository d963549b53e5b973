-- The latest term and who took it.
-- Row: term, leader
SELECT term, leader FROM cluster_term
