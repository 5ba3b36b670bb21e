-- Purpose: bring a parked conversation back to work, by its timer or by hand.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 version or '' · 4 1 if by the timer
-- Replies: ok version · missing · closed · stale version · gone (not parked, or not yet due)
-- Journal: ConversationWoken, then of the match
-- @include base journal guard capacity line match bind place lowest fill history wake
local c = conversation(ARGV[2])
local refused = check_open(c, ARGV[3])
if refused then return refused end
if c.state ~= 'parked' or (ARGV[4] == '1' and (not c.wake_at or now < num(c, 'wake_at'))) then return { 'gone' } end
take_out(c)
if c.answered == '1' then due_again(c) end
event('ConversationWoken', c, c.last_holder or nil, ARGV[4] == '1' and '{"by":"timer"}' or '{"by":"hand"}')
bring_back(c, 'woken')
settle()
return commit(c.version)
