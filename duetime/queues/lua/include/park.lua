-- Resting a conversation: it stays with its associate's list and gives its capacity back.
local function park(c, reason, wake_at)
  local holder = c.holder
  if c.state ~= 'parked' then take_out(c) end
  if c.wake_at then untimer('wake', c.id) end
  set(c, { state = 'parked', park_reason = reason, wake_at = wake_at or false, holder = holder or false,
    version = num(c, 'version') + 1 })
  if holder then call('ZADD', HELD .. holder, c.due_at, c.id) end
  if wake_at then timer('wake', c.id, wake_at) end
  event('ConversationParked', c, holder or nil, '{"reason":"' .. reason .. '","version":' .. c.version
    .. (wake_at and ',"wake_at":' .. wake_at or '') .. '}')
end
