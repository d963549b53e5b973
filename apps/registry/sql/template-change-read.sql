SELECT version::float8 AS version FROM template_change
