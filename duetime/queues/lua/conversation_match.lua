-- Purpose: try again for a waiting conversation whose cooldown is over.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv
-- Replies: ok · gone
-- Journal: of the match
-- @include base journal capacity line match bind place fill
local c = conversation(ARGV[2])
if c.state ~= 'waiting' then return { 'gone' } end
untimer('cool', c.id)
call('ZREM', P .. 'cooling', c.id)
set(c, { cooling = false })
local a = best_associate(c)
if a then
  leave_line(c)
  bind(c, a, 'arrival')
  settle()
end
return commit()
