-- Purpose: the groups of parts whose others did not come in time, or whose joining was not finished.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 how many at most · 3 ms until somebody else joins them
-- Replies: ok, then group and parts of each
-- Journal: -
local P, call = KEYS[1] .. ':', redis.call
local claimed = {}
for _, group in ipairs(call('ZRANGEBYSCORE', P .. 'parts', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  call('HSET', P .. 'part:' .. group, 'closed', 1)
  call('ZADD', P .. 'parts', tonumber(ARGV[1]) + tonumber(ARGV[3]), group)
  claimed[#claimed + 1] = { group, call('HGETALL', P .. 'part:' .. group) }
end
return { 'ok', claimed }
