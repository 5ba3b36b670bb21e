-- Coming and going. Who leaves gives back what they were offered; who goes offline has live work moved on in time.
local function cool(c, a)
  local until_at = now + num(c, 'cooldown_ms')
  if until_at <= now then return end
  call('ZADD', P .. 'cool:' .. c.id, until_at, a.id)
  call('PEXPIRE', P .. 'cool:' .. c.id, num(c, 'cooldown_ms') + 86400000)
  set(c, { cooling = math.max(num(c, 'cooling'), until_at) })
  set(a, { cooling = math.max(num(a, 'cooling'), until_at) })
end

local function rescind(a, reason)
  for _, id in ipairs(call('ZRANGE', HELD .. a.id, 0, -1)) do
    local c = conversation(id)
    if c.state == 'offered' then
      unbind(c)
      event('OfferRescinded', c, a.id, '{"offer":' .. c.offer .. ',"reason":"' .. reason .. '"}')
      if is_personal(c.line) then to_route(c) end
      place(c, 'rescinded')
    end
  end
end

local function watch_absence(a, offline)
  for _, id in ipairs(call('ZRANGE', HELD .. a.id, 0, -1)) do
    local c = conversation(id)
    if offline and c.state == 'assigned' then expect_return(c)
    elseif c.reassign_at and not offline then
      untimer('reassign', c.id)
      set(c, { reassign_at = false })
    end
  end
end

-- Nobody else may be left for what is cooling: then it goes to those who are.
local function retry_cooling()
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'cooling', '(' .. now, '+inf', 'LIMIT', 0, 32)) do
    local c = conversation(id)
    local a = best_associate(c)
    if a then
      leave_line(c)
      bind(c, a, 'arrival')
    end
  end
end

local function change_presence(a, new, reason)
  local old = a.presence or 'offline'
  if new == old then return end
  set(a, { presence = new })
  event('PresenceChanged', nil, a.id, '{"from":"' .. old .. '","to":"' .. new .. '","reason":"' .. reason .. '"}')
  if a.kept_for and new ~= 'available' then unkeep(conversation(a.kept_for)) end
  refresh(a)
  if a.pool then
    if new == 'available' then call('SADD', P .. 'present:' .. a.pool, a.id)
    elseif old == 'available' then call('SREM', P .. 'present:' .. a.pool, a.id) end
  end
  if new == 'away' or new == 'offline' then rescind(a, reason) end
  if new == 'offline' or old == 'offline' then watch_absence(a, new == 'offline') end
  if old == 'available' then retry_cooling() end
  refill[#refill + 1] = a
end
