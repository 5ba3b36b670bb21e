-- Purpose: park a conversation: until a time, or until the contact writes. Also fires when the contact has been silent.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 version or '' · 4 snoozed|awaiting_contact · 5 wake at (ms) or '' · 6 1 if by the timer
-- Replies: ok version · missing · merged · closed · stale version · gone (answered) · not_held (nobody has it)
-- Journal: ConversationParked, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill history park
local c = conversation(ARGV[2])
local refused = check_open(c, ARGV[3])
if refused then return refused end
if ARGV[6] == '1' and (c.state ~= 'assigned' or not c.idle_at or now < num(c, 'idle_at')) then return { 'gone' } end
if c.state ~= 'assigned' and c.state ~= 'parked' then return { 'not_held' } end
park(c, ARGV[4], tonumber(ARGV[5]))
settle()
return commit(c.version)
