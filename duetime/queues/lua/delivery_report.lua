-- Purpose: what the other side tells of a message that was sent; it never goes back, see `report`.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 number · 4 sent|delivered|read|failed · 5 reason or ''
-- Replies: ok · missing
-- Journal: DeliveryChanged, only when something changed
-- @include base journal outbox
local c, number = conversation(ARGV[2]), ARGV[3]
local it = delivery(c, number)
if not c.exists or not it then return { 'missing' } end
report(c, number, it, ARGV[4], ARGV[5])
return commit()
