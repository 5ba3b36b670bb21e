-- Purpose: what the other side tells of a message that was sent. It never goes back: what was delivered or read is not
--   queued or sent again, and what was read did not fail. One that is still to be sent again is not given up for it.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 number · 4 delivered|read|failed · 5 reason or ''
-- Replies: ok · missing
-- Journal: DeliveryChanged, only when something changed
-- @include base journal outbox
local RANK = { queued = 0, sent = 1, failed = 2, delivered = 3, read = 4 }
local c, number, state = conversation(ARGV[2]), ARGV[3], ARGV[4]
local it = delivery(c, number)
if not c.exists or not it then return { 'missing' } end
local queued = it.state == 'queued'
if RANK[state] > RANK[it.state] and not (queued and state == 'failed') then
  local dead = P .. 'dead:' .. it.endpoint
  if state == 'failed' then call('ZADD', dead, now, c.id .. '/' .. number)
  else call('ZREM', dead, c.id .. '/' .. number) end
  if queued then dequeue(it.endpoint, c, number) end
  it.state, it.at, it.reason = state, now, ARGV[5] ~= '' and ARGV[5] or nil
  put_delivery(c, number, it)
end
return commit()
