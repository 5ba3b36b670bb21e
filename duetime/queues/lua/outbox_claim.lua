-- Purpose: take what is due to be sent by an endpoint, for as long as the lease; what is not settled by then is due
--   again. The lease ends at half a millisecond, which no other time does, and names the claim.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 endpoint · 3 how many at most · 4 lease ms
-- Replies: ok, then cv, number, record JSON of each, then the time of the next one or ''
-- Journal: -
local P, now = KEYS[1] .. ':', tonumber(ARGV[1])
local outbox = P .. 'outbox:' .. ARGV[2]
local claimed = {}
local due = redis.call('ZRANGEBYSCORE', outbox, '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for i = 1, #due, 2 do
  local cv, deliveries = due[i], P .. 'delivery:' .. due[i]
  local number = redis.call('LINDEX', P .. 'unsent:' .. ARGV[2] .. ':' .. cv, 0)
  if tonumber(due[i + 1]) % 1 > 0 then
    -- Whoever had it did not come to say how it ended: it may be out already.
    local it = cjson.decode(redis.call('HGET', deliveries, number))
    it.ambiguous = true
    redis.call('HSET', deliveries, number, cjson.encode(it))
  end
  redis.call('ZADD', outbox, now + tonumber(ARGV[4]) + 0.5, cv)
  claimed[#claimed + 1] = { cv, number, redis.call('HGET', deliveries, number) }
end
local following = redis.call('ZRANGE', outbox, 0, 0, 'WITHSCORES')
return { 'ok', claimed, following[2] or '' }
