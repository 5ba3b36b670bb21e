-- Coming and going. Who leaves gives back what they were offered; who goes offline has live work moved on in time.
local function cool(c, a)
  local cooldown_ms = num(policy(c), 'cooldown_ms')
  local until_at = now + cooldown_ms
  if until_at <= now then return end
  call('ZADD', P .. 'cool:' .. c.id, until_at, a.id)
  call('PEXPIRE', P .. 'cool:' .. c.id, cooldown_ms + 86400000)
  set(c, { cooling = math.max(num(c, 'cooling'), until_at) })
  set(a, { cooling = math.max(num(a, 'cooling'), until_at) })
end

-- Takes back what was offered to an associate, and adds it to a list.
local function rescind(a, reason, homeless)
  for _, id in ipairs(call('ZRANGE', HELD .. a.id, 0, -1)) do
    local c = conversation(id)
    if c.state == 'offered' then
      unbind(c)
      event('OfferRescinded', c, a.id, '{"offer":' .. c.offer .. ',"reason":"' .. reason .. '"}')
      if is_personal(c.line) then to_route(c) end
      homeless[#homeless + 1] = c
    end
  end
end

local function watch_absence(a, offline)
  for _, id in ipairs(call('ZRANGE', HELD .. a.id, 0, -1)) do
    local c = conversation(id)
    if offline and c.state == 'assigned' then expect_return(c)
    elseif not offline and not is_overdue(c) then end_timer('reassign', c, 'reassign_at') end
  end
end

-- In the order of their rank: what has no place, and what waits because somebody is cooling for it. Nobody but those
-- who are may be left for that: then it goes to them.
local function match_again(homeless, reason)
  local all = { unpack(homeless) }
  for _, id in ipairs(call('ZRANGE', P .. 'cooling', 0, 31)) do all[#all + 1] = conversation(id) end
  table.sort(all, function(x, y) return rank_of(x) < rank_of(y) end)
  for _, c in ipairs(all) do
    if c.state == 'waiting' then match_waiting(c)
    else place_again(c, reason) end
  end
end

-- returned: a conversation that this associate had until now, and that has no place yet; or nil.
local function change_presence(a, new, reason, returned)
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
  if new == 'offline' or old == 'offline' then watch_absence(a, new == 'offline') end
  local homeless = { returned }
  if new == 'away' or new == 'offline' then rescind(a, reason, homeless) end
  if old == 'available' or homeless[1] then match_again(homeless, returned and 'expired' or 'rescinded') end
  want_fill(a)
end
