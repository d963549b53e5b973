-- Removes a node's heartbeat at a clean stop, unless a later boot of the node has written its own.
-- KEYS[1]  {prefix}:node:<id>
-- KEYS[2]  {prefix}:nodes
-- ARGV[1]  id
-- ARGV[2]  boot
-- Result   1 removed, 0 nothing of this boot was there
local beat = redis.call('GET', KEYS[1])
if not beat or cjson.decode(beat).boot ~= ARGV[2] then
  return 0
end
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
