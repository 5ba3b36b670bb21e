-- Binding a conversation to an associate and taking it back.

-- Its associate is away from every desk: unless they are back in time, somebody else answers.
local function expect_return(c)
  if c.reassign_at or c.answered == '1' then return end
  set(c, { reassign_at = now + num(policy(c), 'reassign_ms') })
  timer('reassign', c.id, c.reassign_at)
end

-- Gives a conversation that is in no line to an associate: an offer, or at once. by: arrival, room, woken, hand.
local function bind(c, a, by, override)
  local waited = math.max(0, now - num(c, 'arrived_at'))
  local why = cjson.encode({ by = by, line = c.line, step = num(c, 'step'), queue = c.queue, pool = a.pool or nil,
    waited_ms = waited, load = num(a, 'load'), capacity = num(a, 'capacity'), rank = rank_of(c), associate = a.id,
    at = now })
  local offered = policy(c).auto_accept ~= '1' and (by == 'arrival' or by == 'room')
  load_add(a, c, override)
  set(a, { last_assigned_at = now })
  call('ZADD', HELD .. a.id, c.due_at, c.id)
  call('SET', P .. 'why:' .. c.id, why)
  set(c, { holder = a.id, version = num(c, 'version') + 1 })
  local data = '{"why":' .. why .. ',"due_at":' .. c.due_at .. ',"channel":"' .. c.channel
    .. '","version":' .. c.version
  if offered then
    local expires = now + num(policy(c), 'offer_ms')
    set(c, { state = 'offered', offer = num(c, 'offer') + 1, offer_until = expires })
    timer('offer', c.id, expires)
    event('OfferMade', c, a.id, data .. ',"offer":' .. c.offer .. ',"expires_at":' .. expires .. '}')
  else
    set(c, { state = 'assigned' })
    event('ConversationAssigned', c, a.id, data .. (override and ',"override":true}' or '}'))
  end
  if (a.presence or 'offline') == 'offline' then expect_return(c) end
  refresh(a)
end

-- Takes a conversation from its associate, who is filled when it has been placed elsewhere.
local function unbind(c)
  local a = associate(c.holder)
  end_timer('offer', c, 'offer_until')
  end_timer('reassign', c, 'reassign_at')
  end_timer('idle', c, 'idle_at')
  end_timer('wrap', c, 'wrap_until')
  if c.state ~= 'offered' then set(c, { last_holder = a.id }) end
  call('ZREM', HELD .. a.id, c.id)
  set(c, { holder = false })
  if c.state ~= 'parked' then
    load_remove(a, c)
    refresh(a)
    want_fill(a)
  end
  return a
end

-- Ends an open state's hold on lines, associates and timers, so that the conversation is in no place.
local function take_out(c)
  if c.state == 'waiting' then leave_line(c)
  elseif c.holder then
    if c.state == 'offered' then
      event('OfferRescinded', c, c.holder, '{"offer":' .. c.offer .. ',"reason":"taken_out"}')
    end
    unbind(c)
  end
  end_timer('wake', c, 'wake_at')
  set(c, { park_reason = false })
end
