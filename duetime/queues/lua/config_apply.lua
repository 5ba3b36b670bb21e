-- Purpose: store a new version of the routing configuration and make it the current one. When a channel costs more or
--   less than before, everybody's room is worked out anew.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 version that must be current (0: none yet) · 3 version JSON (document, source, who, why)
--          4 JSON of the policies {name: {field: value}} · 5… field, value pairs of params
-- Replies: ok version · stale version
-- Journal: ConfigApplied, then of the match
-- @include base journal lane capacity kept line match bind place lowest fill
local config = P .. 'config'
local current = call('HGET', config, 'current') or '0'
if current ~= ARGV[2] then return { 'stale', current } end
local version = tonumber(current) + 1
local before, reserve = {}, num(params(), 'reserve')
for _, channel in ipairs(CHANNELS) do before[channel] = cost_of(channel) end
call('HSET', config, 'current', version, version, ARGV[3])
for name, fields in pairs(cjson.decode(ARGV[4])) do
  local flat = {}
  for field, value in pairs(fields) do flat[#flat + 1] = field; flat[#flat + 1] = value end
  call('HSET', P .. 'policy:' .. name, unpack(flat))
end
call('HSET', P .. 'params', unpack(ARGV, 5))
params_read = nil
event('ConfigApplied', nil, nil, '{"version":' .. version .. '}')
local costs_differ = reserve ~= num(params(), 'reserve')
for _, channel in ipairs(CHANNELS) do costs_differ = costs_differ or cost_of(channel) ~= before[channel] end
if costs_differ then
  for _, id in ipairs(call('SMEMBERS', P .. 'associates')) do
    leave_rooms(associate(id))
    refresh(associate(id))
    want_fill(associate(id))
  end
  settle()
end
return commit(version)
