-- Takes tokens from a bucket that fills by itself. Times are the Redis server's own.
-- KEYS[1]  {prefix}:rate:<endpoint>, a hash: tokens (a fraction counts), at (microseconds)
-- ARGV[1]  tokens that come in each second
-- ARGV[2]  most tokens that the bucket holds
-- ARGV[3]  tokens needed now
-- ARGV[4]  tokens wanted ahead: given from a quarter of what is left over, so that the last ones are not held back by anybody
-- Result   tokens given, milliseconds until the next token (0: there is one)
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local needed, ahead = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = burst
if stored[1] then
  local elapsed = math.max(0, now - tonumber(stored[2]))
  tokens = math.min(burst, tonumber(stored[1]) + elapsed * rate / 1000000)
end
local given = math.min(needed, math.floor(tokens))
given = given + math.min(ahead, math.floor((tokens - given) / 4))
tokens = tokens - given
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
return { given, math.max(0, math.ceil((1 - tokens) * 1000 / rate)) }
