-- Takes files out of the catalogue that nothing has used since $4, the longest unused first. What a sticker pack shows is in use.
-- $1 account  $2 shard  $3 epoch  $4 used before, ms since 1970  $5 limit
-- -> held (1 or 0: fenced)  files: JSON array of {id, direction}, or null
WITH
-- @include "fence"
, unused AS (
  SELECT m.id FROM fence, media m
  WHERE m.account = $1 AND m.used_at < to_timestamp($4::float8 / 1000)
    AND NOT EXISTS (SELECT 1 FROM sticker s WHERE s.account = $1 AND s.media_id = m.id::text)
  ORDER BY m.used_at LIMIT $5
  FOR UPDATE OF m SKIP LOCKED
), gone AS (
  DELETE FROM media m USING unused u WHERE m.account = $1 AND m.id = u.id RETURNING m.id, m.direction
)
SELECT (SELECT count(*) FROM fence)::int AS held,
       (SELECT json_agg(json_build_object('id', id, 'direction', direction)) FROM gone) AS files
