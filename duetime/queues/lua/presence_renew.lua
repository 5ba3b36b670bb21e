-- Purpose: a desk connection is alive: its associate's lease goes on. Never shortens a lease.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 associate · 3 lease until (ms)
-- Replies: ok · lapsed (there is no lease to extend: connect again)
-- Journal: -
-- @include base
local a = ASSOCIATE .. ARGV[2]
local lease = tonumber(call('HGET', a, 'lease_until') or 0)
if lease <= now then return { 'lapsed' } end
if tonumber(ARGV[3]) > lease then
  call('HSET', a, 'lease_until', ARGV[3])
  call('ZADD', P .. 'timers', ARGV[3], 'lease:' .. ARGV[2])
end
return { 'ok' }
