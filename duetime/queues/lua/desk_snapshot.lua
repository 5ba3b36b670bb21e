-- Purpose: everything that one associate's desk shows, as of one cursor of the journal. Only reads.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 associate · 3 how many messages of each conversation
-- Replies: ok cursor associate profile [cv record about messages].. · missing
-- Journal: -
local P, call = KEYS[1] .. ':', redis.call
local record = call('HGETALL', P .. 'associate:' .. ARGV[2])
if not record[1] then return { 'missing' } end
local newest = call('XREVRANGE', P .. 'journal', '+', '-', 'COUNT', 1)
local held = {}
for i, id in ipairs(call('ZRANGE', P .. 'held:' .. ARGV[2], 0, -1)) do
  held[i] = { id, call('HGETALL', P .. 'conv:' .. id), call('GET', P .. 'about:' .. id),
    call('LRANGE', P .. 'messages:' .. id, -tonumber(ARGV[3]), -1) }
end
return { 'ok', newest[1] and newest[1][1] or '0-0', record, call('GET', P .. 'profile:' .. ARGV[2]), held }
