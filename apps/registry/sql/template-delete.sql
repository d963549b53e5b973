-- $1 namespace  $2 name  $3 language or null for all
DELETE FROM template WHERE namespace = $1 AND name = $2 AND ($3::text IS NULL OR language = $3)
RETURNING language, status = 'approved' AS was_approved
