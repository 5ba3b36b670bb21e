-- Purpose: how the sending of a claimed message ended: it is out, is to be tried again, rests until its hour comes, or
--   is given up. A receipt that came before the answer to our call is applied in the same step.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 endpoint · 3 cv · 4 number · 5 sent|retry|hold|failed · 6 when to try again, or ''
--          7 reason or '' · 8 what the other side calls it, or '' · 9 1 if it may have arrived, which is not known
--          10 ms for which receipts are expected, or 0
-- Replies: ok · stale (somebody else settled it)
-- Journal: DeliveryChanged
-- @include base journal outbox
local endpoint, c, number, outcome = ARGV[2], conversation(ARGV[3]), ARGV[4], ARGV[5]
local name = ARGV[10] ~= '0' and ARGV[8] ~= '' and endpoint .. ':' .. ARGV[8]
local it, stale = delivery(c, number), call('LINDEX', unsent(endpoint, c), 0) ~= number
if not it then return { 'stale' } end

local function settle_it()
  it.at = now
  it.reason = ARGV[7] ~= '' and ARGV[7] or nil
  it.remote_id = ARGV[8] ~= '' and ARGV[8] or it.remote_id
  it.ambiguous = ARGV[9] == '1' and true or it.ambiguous
  if outcome ~= 'hold' then it.attempts = it.attempts + 1 end
  if outcome == 'retry' or outcome == 'hold' then
    it.next_at = tonumber(ARGV[6])
    if outcome == 'hold' then it.held_ms = (it.held_ms or 0) + math.max(0, it.next_at - now) end
    call('ZADD', P .. 'outbox:' .. endpoint, it.next_at, c.id)
  else
    it.state, it.next_at = outcome, nil
    dequeue(endpoint, c, number)
    if outcome == 'failed' then call('ZADD', P .. 'dead:' .. endpoint, now, c.id .. '/' .. number) end
  end
  put_delivery(c, number, it)
end

if not stale then settle_it() end
-- Also of one that was settled meanwhile, by its receipt say: this is a name of it all the same.
if name then
  call('SET', P .. 'sent:' .. name, c.id .. ' ' .. number, 'PX', ARGV[10])
  local early = call('GETDEL', P .. 'receipt:' .. name)
  if early then report(c, number, it, string.match(early, '^(%a+) (.*)$')) end
end
local reply = commit()
return stale and { 'stale' } or reply
