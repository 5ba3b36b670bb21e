-- Purpose: give an open conversation to one associate by hand, wherever it is.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 version or '' · 4 associate · 5 1 to override capacity · 6 by whom, a JSON string
--          7 JSON of the fields to change if it is parked: somebody has to look at it now
-- Replies: ok version · missing · merged · closed · stale version · unknown_associate · full · offline
-- Journal: ConversationTransferred when somebody had it, ConversationAssigned, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill history
local c, a = conversation(ARGV[2]), associate(ARGV[4])
local refused = check_open(c, ARGV[3])
if refused then return refused end
if not a.exists then return { 'unknown_associate' } end
local mine = c.holder == a.id
if mine and c.state == 'assigned' then return { 'ok', c.version } end
local override = ARGV[5] == '1'
if (a.presence or 'offline') == 'offline' and not override then return { 'offline' } end
local holds = mine and c.state ~= 'parked'
if not override and not holds and not has_room(a, lane_of(c)) then return { 'full' } end
local holder = c.holder
if c.state == 'parked' then change(c, cjson.decode(ARGV[7])) end
take_out(c)
if holder and not mine then
  event('ConversationTransferred', c, holder, '{"to_associate":' .. cjson.encode(a.id) .. ',"by":' .. ARGV[6] .. '}')
end
-- What they held already may be beyond a capacity that was lowered since.
bind(c, a, 'hand', (override or holds) and not has_room(a, lane_of(c)))
settle()
return commit(c.version)
