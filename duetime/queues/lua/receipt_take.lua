-- Purpose: a receipt of a provider, which may come before the answer to our call does: of a message that nobody knows
--   by that name yet, the furthest state is kept until sending it is settled.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 endpoint · 3 what the provider calls the message · 4 its cv and 5 its number, or '' twice
--          6 sent|delivered|read|failed · 7 reason or '' · 8 ms to keep it
-- Replies: ok cv number · kept
-- Journal: DeliveryChanged, only when something changed
-- @include base journal outbox
local endpoint, cv, number, state = ARGV[2], ARGV[4], ARGV[5], ARGV[6]
local named = call('GET', P .. 'sent:' .. endpoint .. ':' .. ARGV[3])
if named then cv, number = string.match(named, '^(%S+) (%d+)$') end
local c = cv ~= '' and conversation(cv)
local it = c and c.exists and delivery(c, number)
-- A failure of one whose call has not returned waits for that: until then it may be sent again.
if it and it.endpoint == endpoint and not (it.state == 'queued' and state == 'failed') then
  report(c, number, it, state, ARGV[7])
  return commit(c.id, number)
end
local receipt = P .. 'receipt:' .. endpoint .. ':' .. ARGV[3]
local before = call('GET', receipt)
if not before or RANK[string.match(before, '^%a+')] < RANK[state] then
  call('SET', receipt, state .. ' ' .. ARGV[7], 'PX', ARGV[8])
end
return { 'kept' }
