-- Purpose: a person sends again what was given up.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 number
-- Replies: ok · missing · not_failed
-- Journal: DeliveryChanged
-- @include base journal outbox
local c, number = conversation(ARGV[2]), ARGV[3]
local it = delivery(c, number)
if not c.exists or not it then return { 'missing' } end
if it.state ~= 'failed' then return { 'not_failed' } end
call('ZREM', P .. 'dead:' .. it.endpoint, c.id .. '/' .. number)
enqueue(it, c, number, it.attempts)
return commit()
