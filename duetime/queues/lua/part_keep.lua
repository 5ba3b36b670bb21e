-- Purpose: one part of a message that comes in several. With the last one all of them are given to be joined; a group
--   that somebody joins takes no more.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 group · 3 number of the part · 4 of how many · 5 JSON of the part · 6 <endpoint>:<external id>
--          7 ms to wait for the others · 8 ms until somebody else joins them
-- Replies: ok parts · kept · duplicate (it was taken in) · alone (its group is over, or has another in its place)
-- Journal: -
local P, call = KEYS[1] .. ':', redis.call
local parts, number = P .. 'part:' .. ARGV[2], ARGV[3]
if call('EXISTS', P .. 'seen:' .. ARGV[6]) == 1 then return { 'duplicate' } end
local before, closed = call('HGET', parts, number), call('HEXISTS', parts, 'closed') == 1
if before ~= ARGV[5] and (before or closed) then return { 'alone' } end
call('HSET', parts, number, ARGV[5])
if not closed and call('HLEN', parts) < tonumber(ARGV[4]) then
  call('ZADD', P .. 'parts', 'NX', tonumber(ARGV[1]) + tonumber(ARGV[7]), ARGV[2])
  return { 'kept' }
end
call('HSET', parts, 'closed', 1)
call('ZADD', P .. 'parts', tonumber(ARGV[1]) + tonumber(ARGV[8]), ARGV[2])
return { 'ok', call('HGETALL', parts) }
