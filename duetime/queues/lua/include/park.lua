-- Resting a conversation: it stays with its associate's list and gives its capacity back.
local function park(c, reason, wakes)
  local holder = c.holder
  if reason == 'awaiting_contact' and not c.paused_at then
    set(c, { paused_at = now, due_resolution = false, risk_resolution = false })
    retarget(c)
  end
  if c.state ~= 'parked' then take_out(c) end
  end_timer('wake', c, 'wake_at')
  set(c, { state = 'parked', park_reason = reason, wake_at = wakes or false, holder = holder or false,
    version = num(c, 'version') + 1 })
  if holder then call('ZADD', HELD .. holder, c.due_at, c.id) end
  if wakes then timer('wake', c.id, wakes) end
  event('ConversationParked', c, holder or nil, '{"reason":"' .. reason .. '","version":' .. c.version
    .. (wakes and ',"wake_at":' .. wakes or '') .. '}')
end
