-- Submits a template. One that was rejected may be submitted again, changed or not.
-- $1 namespace  $2 name  $3 language  $4 category  $5 components (JSON)  $6 now
-- Row: one, unless the template is there already
INSERT INTO template AS t (namespace, name, language, category, components, status, changed_at)
VALUES ($1, $2, $3, $4, $5, 'submitted', $6)
ON CONFLICT (namespace, name, language) DO UPDATE SET
  category = excluded.category, components = excluded.components, status = 'submitted', rejected_reason = NULL, changed_at = excluded.changed_at
WHERE t.status = 'rejected'
RETURNING name
