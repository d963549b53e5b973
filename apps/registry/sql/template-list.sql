-- $1 namespace or null for all  $2 name or null  $3 language or null  $4 status or null  $5 category or null  $6 limit  $7 offset
SELECT n.number, t.namespace, t.name, t.language, t.category, t.components, t.status, t.rejected_reason
FROM template t JOIN template_namespace n USING (namespace)
WHERE ($1::text IS NULL OR t.namespace = $1) AND ($2::text IS NULL OR t.name = $2) AND ($3::text IS NULL OR t.language = $3)
  AND ($4::text IS NULL OR t.status = $4) AND ($5::text IS NULL OR t.category = $5)
ORDER BY t.name, t.language, t.namespace
LIMIT $6 OFFSET $7
