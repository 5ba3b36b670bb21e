-- Purpose: hold something that only one daemon may do at a time, or go on holding it.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 what · 3 who · 4 for how many ms, or 0: give it back
-- Replies: ok · taken (by somebody else)
-- Journal: -
local lease = KEYS[1] .. ':lease:' .. ARGV[2]
local holder = redis.call('GET', lease)
if holder and holder ~= ARGV[3] then return { 'taken' } end
if ARGV[4] == '0' then redis.call('DEL', lease) else redis.call('SET', lease, ARGV[3], 'PX', ARGV[4]) end
return { 'ok' }
