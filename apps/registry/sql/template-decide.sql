-- Approves or rejects, also what was decided otherwise before. The row says whether a pack changes by it.
-- $1 namespace  $2 name  $3 language or null for all  $4 approved or rejected  $5 reason or null  $6 now
WITH before AS (
  SELECT namespace, name, language, status FROM template
  WHERE namespace = $1 AND name = $2 AND ($3::text IS NULL OR language = $3) FOR UPDATE
)
UPDATE template t SET status = $4, rejected_reason = $5, changed_at = $6
FROM before b WHERE t.namespace = b.namespace AND t.name = b.name AND t.language = b.language
RETURNING t.language, t.category, t.components, b.status = 'approved' AS was_approved
