-- Purpose: a claimed timer had nothing to do (its subject has moved on): forget it, unless it was set anew meanwhile.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 timer · 3 the time to which the claim moved it
-- Replies: ok
-- Journal: -
local timers = KEYS[1] .. ':timers'
local at = redis.call('ZSCORE', timers, ARGV[2])
if at and tonumber(at) == tonumber(ARGV[3]) then redis.call('ZREM', timers, ARGV[2]) end
return { 'ok' }
