-- Gives the lease back, only while the named holder has it.
-- KEYS[1]  {prefix}:leader
-- ARGV[1]  holder
-- Result   1 released, 0 was not the holder's
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
