-- Purpose: the parts of a group were joined and taken in; each of them again is a repetition.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 group · 3 ms to remember them · 4… <endpoint>:<external id> of each
-- Replies: ok
-- Journal: -
local P, call = KEYS[1] .. ':', redis.call
for i = 4, #ARGV do call('SET', P .. 'seen:' .. ARGV[i], 'part', 'PX', ARGV[3], 'NX') end
call('DEL', P .. 'part:' .. ARGV[2])
call('ZREM', P .. 'parts', ARGV[2])
return { 'ok' }
