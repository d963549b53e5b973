-- The pack and its version, of one moment.
-- $1 namespace  $2 language
SELECT p.version::float8 AS version,
       coalesce(json_agg(json_build_object('name', t.name, 'category', t.category, 'components', t.components) ORDER BY t.name)
                FILTER (WHERE t.name IS NOT NULL), '[]') AS templates
FROM language_pack p
LEFT JOIN template t ON t.namespace = p.namespace AND t.language = p.language AND t.status = 'approved'
WHERE p.namespace = $1 AND p.language = $2
GROUP BY p.version
