-- Writes one heartbeat and keeps the index free of nodes whose heartbeat has expired. Times are the Redis server's own.
-- KEYS[1]  {prefix}:node:<id>
-- KEYS[2]  {prefix}:nodes
-- ARGV[1]  id
-- ARGV[2]  heartbeat, JSON
-- ARGV[3]  time to live, milliseconds
-- Result   1
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. now)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
