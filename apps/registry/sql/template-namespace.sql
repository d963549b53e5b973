-- The namespace of a business; made at the first question.
-- $1 number  $2 namespace should it be the first
INSERT INTO template_namespace (number, namespace) VALUES ($1, $2)
ON CONFLICT (number) DO UPDATE SET number = excluded.number
RETURNING namespace
