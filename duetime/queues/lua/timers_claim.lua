-- Purpose: take timers that are due, for as long as the lease; what is not carried out by then is due again. A claim
--   ends at half a millisecond, which no other timer does: so nobody takes a timer that was set anew for a claim.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 how many at most · 3 lease ms
-- Replies: ok, then each timer, then the time of the next one or ''
-- Journal: -
local timers, now = KEYS[1] .. ':timers', tonumber(ARGV[1])
local due = redis.call('ZRANGEBYSCORE', timers, '-inf', now, 'LIMIT', 0, ARGV[2])
for _, timer in ipairs(due) do redis.call('ZADD', timers, now + tonumber(ARGV[3]) + 0.5, timer) end
local following = redis.call('ZRANGE', timers, 0, 0, 'WITHSCORES')
return { 'ok', due, following[2] or '' }
