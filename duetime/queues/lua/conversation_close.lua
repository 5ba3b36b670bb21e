-- Purpose: close a conversation. Closed by its associate it first goes to wrap-up where the queue has one.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 version or '' · 4 associate who closes it, or '' · 5 disposition or ''
--          6 close|wrapped (by the associate)|timer (wrap-up is over)|silence (the contact said nothing for long)
-- Replies: ok state version · missing · merged · closed · stale version · gone (no wrap-up, not over, not silent)
-- Journal: WrapUpStarted or ConversationClosed, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill history silence
local c = conversation(ARGV[2])
local refused = check_open(c, ARGV[3])
if refused then return refused end
if ARGV[6] == 'silence' then
  if not is_silent(c, 'silence_at') then return { 'gone' } end
elseif ARGV[6] ~= 'close' and c.state ~= 'wrap_up' then return { 'gone' } end
if ARGV[6] == 'timer' and now < num(c, 'wrap_until') then return { 'gone' } end
local holder, wrap_ms = c.holder, num(policy(c), 'wrap_ms')
end_silence(c)
meet(c, 'first', 'next', 'resolution')
set(c, { paused_at = false, resolution_since = false, resolution_used = false })
if ARGV[5] ~= '' then set(c, { disposition = ARGV[5] }) end
set(c, { version = num(c, 'version') + 1 })
local about = '{"disposition":' .. (c.disposition and cjson.encode(c.disposition) or 'null')
  .. ',"version":' .. c.version
if ARGV[6] == 'close' and c.state == 'assigned' and wrap_ms > 0 and holder == ARGV[4] then
  end_timer('idle', c, 'idle_at')
  end_timer('reassign', c, 'reassign_at')
  set(c, { state = 'wrap_up', wrap_until = now + wrap_ms })
  timer('wrap', c.id, c.wrap_until)
  reorder(c)
  event('WrapUpStarted', c, holder, about .. ',"wrap_up_until":' .. c.wrap_until .. '}')
else
  take_out(c)
  set(c, { state = 'closed', closed_at = now, cooling = false, step_until = false })
  end_timer('act', c, 'pending')
  call('ZREM', P .. 'open', c.id)
  call('ZADD', P .. 'closed', c.opened_at, c.id)
  call('DEL', P .. 'cool:' .. c.id)
  event('ConversationClosed', c, holder or nil, about .. '}')
end
settle()
return commit(c.state, c.version)
