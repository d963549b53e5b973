-- $1 namespace
SELECT count(*)::int AS templates FROM template WHERE namespace = $1
