-- Purpose: remember that the associates of a version are there. Of two daemons that introduced different versions at
--   once, the one with the newer version starts over after the other; the older one makes it do so.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 version from which it started · 3 version whose associates are there now
-- Replies: ok · stale version
-- Journal: -
local config = KEYS[1] .. ':config'
local done = redis.call('HGET', config, 'introduced') or '0'
if done ~= ARGV[2] and tonumber(done) <= tonumber(ARGV[3]) then return { 'stale', done } end
redis.call('HSET', config, 'introduced', ARGV[3])
return { 'ok' }
