-- Takes the leader's lease when nobody holds it.
-- KEYS[1]  {prefix}:leader
-- ARGV[1]  the attempt's own name
-- ARGV[2]  time to live, milliseconds
-- Result   1 taken, 0 held by somebody
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return 1
end
return 0
