-- Languages of a namespace changed: in the transaction of the change.
-- $1 namespace  $2 languages
WITH counter AS (UPDATE template_change SET version = version + 1 RETURNING version)
INSERT INTO language_pack (namespace, language, version)
SELECT $1, l.language, c.version FROM unnest($2::text[]) AS l (language), counter c
ON CONFLICT (namespace, language) DO UPDATE SET version = excluded.version
RETURNING version
