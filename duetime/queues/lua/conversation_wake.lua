-- Purpose: bring a parked conversation back to work, by its timer or by hand.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 version or '' · 4 1 if by the timer · 5 and 6 JSON of the fields to change if
--          somebody waits for an answer anew, and if the resolution clock rested
-- Replies: ok version · missing · merged · closed · stale version · gone (not parked, or not yet due)
-- Journal: ConversationWoken, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill history wake
local c = conversation(ARGV[2])
local refused = check_open(c, ARGV[3])
if refused then return refused end
if c.state ~= 'parked' or (ARGV[4] == '1' and (not c.wake_at or now < num(c, 'wake_at'))) then return { 'gone' } end
take_out(c)
resume(c, c.answered == '1' and ARGV[5], c.paused_at and ARGV[6])
event('ConversationWoken', c, c.last_holder or nil, ARGV[4] == '1' and '{"by":"timer"}' or '{"by":"hand"}')
bring_back(c, 'woken')
settle()
return commit(c.version)
