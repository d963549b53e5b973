-- Extends the lease, only while the named holder has it.
-- KEYS[1]  {prefix}:leader
-- ARGV[1]  holder
-- ARGV[2]  time to live from now, milliseconds
-- Result   1 extended, 0 not the holder's (any more)
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
