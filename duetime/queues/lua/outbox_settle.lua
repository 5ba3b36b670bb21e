-- Purpose: how the sending of a claimed message ended: it is out, is to be tried again, or is given up.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 endpoint · 3 cv · 4 number · 5 sent|retry|failed · 6 when to try again, or '' · 7 reason or ''
--          8 what the other side calls it, or '' · 9 1 if it may have arrived although that is not known
-- Replies: ok · stale (somebody else settled it)
-- Journal: DeliveryChanged
-- @include base journal outbox
local endpoint, c, number, outcome = ARGV[2], conversation(ARGV[3]), ARGV[4], ARGV[5]
if call('LINDEX', unsent(endpoint, c), 0) ~= number then return { 'stale' } end
local it = delivery(c, number)
it.at, it.attempts = now, it.attempts + 1
it.reason = ARGV[7] ~= '' and ARGV[7] or nil
it.remote_id = ARGV[8] ~= '' and ARGV[8] or it.remote_id
it.ambiguous = ARGV[9] == '1' and true or it.ambiguous
if outcome == 'retry' then
  it.next_at = tonumber(ARGV[6])
  call('ZADD', P .. 'outbox:' .. endpoint, it.next_at, c.id)
else
  it.state, it.next_at = outcome, nil
  dequeue(endpoint, c, number)
  if outcome == 'failed' then call('ZADD', P .. 'dead:' .. endpoint, now, c.id .. '/' .. number) end
end
put_delivery(c, number, it)
return commit()
