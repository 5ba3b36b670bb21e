-- Purpose: try again for a waiting conversation for which somebody's cooldown is over.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv
-- Replies: ok · gone
-- Journal: of the match
-- @include base journal lane capacity kept line match bind place lowest fill
local c = conversation(ARGV[2])
if c.state ~= 'waiting' then return { 'gone' } end
untimer('cool', c.id)
call('ZREM', P .. 'cooling', c.id)
await_cool(c)
match_waiting(c)
settle()
return commit()
