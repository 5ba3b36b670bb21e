-- Purpose: add an associate or change their profile. Load beyond a lowered capacity stays, and is recorded.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 associate · 3 version it must have, '' for any, 0 for a new one · 4 profile JSON
--          5 capacity units · 6 1 when skills or teams may differ: then nothing is matched until the graph is compiled
--          7 teams JSON · 8… channel, limit pairs
-- Replies: ok version · stale version · missing (a version was named and there is none)
-- Journal: AssociateChanged, then of the match
-- @include base journal lane capacity kept line match bind place lowest fill topology
local a = associate(ARGV[2])
if ARGV[3] ~= '' and ARGV[3] ~= (a.version or '0') then
  return a.exists and { 'stale', a.version } or { 'missing' }
end
local fields = { version = num(a, 'version') + 1, capacity = ARGV[5], wanted = a.wanted or 'available',
  presence = a.presence or 'offline' }
for _, channel in ipairs(CHANNELS) do
  if a['limit:' .. channel] then fields['limit:' .. channel] = 0 end
end
for i = 8, #ARGV, 2 do fields['limit:' .. ARGV[i]] = ARGV[i + 1] end
set(a, fields)
if a.kept_for then unkeep(conversation(a.kept_for)) end
for _, channel in ipairs(CHANNELS) do record_over(a, channel, true) end
if ARGV[6] == '1' then move_associate(a, false) end
refresh(a)
call('SADD', P .. 'associates', a.id)
call('SET', P .. 'profile:' .. a.id, ARGV[4])
call('HINCRBY', P .. 'topology', 'dirty', 1)
event('AssociateChanged', nil, a.id, '{"version":' .. a.version .. ',"teams":' .. ARGV[7] .. '}')
want_fill(a)
settle()
return commit(a.version)
