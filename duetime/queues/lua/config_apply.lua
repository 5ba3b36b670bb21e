-- Purpose: store a new version of the routing configuration and make it the current one.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 version that must be current (0: none yet) · 3 version JSON (document, source, who, why)
--          4… field, value pairs of params
-- Replies: ok version · stale version
-- Journal: ConfigApplied
-- @include base journal
local config = P .. 'config'
local current = call('HGET', config, 'current') or '0'
if current ~= ARGV[2] then return { 'stale', current } end
local version = tonumber(current) + 1
call('HSET', config, 'current', version, version, ARGV[3])
call('HSET', P .. 'params', unpack(ARGV, 4))
event('ConfigApplied', nil, nil, '{"version":' .. version .. '}')
return commit(version)
