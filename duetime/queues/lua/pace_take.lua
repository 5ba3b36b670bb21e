-- Purpose: the moment at which the next message of an endpoint may leave, whichever daemon sends it.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 endpoint · 3 ms between two messages · 4 so many ms ahead at most
-- Replies: ok when (it is yours) · later when (ask again then)
-- Journal: -
local pace, now = KEYS[1] .. ':pace:' .. ARGV[2], tonumber(ARGV[1])
local at = math.max(now, tonumber(redis.call('GET', pace) or 0))
local ahead = at - now
if ahead > tonumber(ARGV[4]) then return { 'later', string.format('%.0f', at) } end
local interval = tonumber(ARGV[3])
redis.call('SET', pace, string.format('%.0f', at + interval), 'PX', string.format('%.0f', ahead + interval + 60000))
return { 'ok', string.format('%.0f', at) }
