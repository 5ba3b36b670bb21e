-- Bringing a conversation that is in no place back to work: to who had it, else by the route with them preferred.
local function to_route(c)
  local step_ms = num(policy(c), 'step_ms')
  set(c, { line = c.base, step = 0, boost = num(policy(c), 'boost'), raised = false,
    step_until = step_ms ~= 0 and now + math.max(1, step_ms) or false, unplaced = step_ms < 0 and 1 or false })
end

-- waits, runs: JSON of the fields to change if somebody waits since now, and if the resolution clock runs since now.
local function resume(c, waits, runs)
  if waits then
    set(c, { arrived_at = now })
    change(c, cjson.decode(waits))
  end
  if runs then
    set(c, { resolution_since = now, paused_at = false })
    change(c, cjson.decode(runs))
  end
end

-- Places one that was with somebody meanwhile. It may have become urgent, or no longer be: then its route begins anew.
-- Or a configuration has come that has its class no longer, or again: then its next step is due at once and sees to it.
local function place_again(c, reason)
  if not is_personal(c.line) then
    if string.match(c.line, '^[^/]+/[^/]+/([^/]+)') ~= lane_of(c) then to_route(c) end
    if call('SISMEMBER', P .. 'classes', c.line) == 0 then set(c, { step_until = now }) end
  end
  return place(c, reason)
end

local function bring_back(c, reason)
  local a = c.last_holder and associate(c.last_holder)
  if a and a.exists and routable(a, lane_of(c)) then
    set(c, { step = 0 })
    return bind(c, a, 'woken')
  end
  to_route(c)
  if a and a.exists and a.presence ~= 'offline' and num(policy(c), 'preferred_ms') > 0 then
    set(c, { line = '@' .. a.id .. '/' .. lane_of(c), step_until = now + num(policy(c), 'preferred_ms') })
  end
  place_again(c, reason)
end

local function expect_return_if_offline(c)
  if associate(c.holder).presence == 'offline' then expect_return(c) end
end

-- What a contact's message does to the conversation that it joined. Says how it joined.
local function continue(c)
  if not c.state then
    to_route(c)
    place(c, 'new')
    return 'opened'
  elseif c.state == 'parked' then
    take_out(c)
    event('ConversationWoken', c, c.last_holder or nil, '{"by":"message"}')
    bring_back(c, 'woken')
    return 'woken'
  elseif c.state == 'wrap_up' then
    end_timer('wrap', c, 'wrap_until')
    set(c, { state = 'assigned', disposition = false, version = num(c, 'version') + 1 })
    event('ConversationReopened', c, c.holder, '{"version":' .. c.version .. '}')
    expect_return_if_offline(c)
    return 'reopened'
  elseif c.state == 'closed' then
    call('ZREM', P .. 'closed', c.id)
    call('ZADD', P .. 'open', c.opened_at, c.id)
    set(c, { closed_at = false, disposition = false })
    event('ConversationReopened', c, c.last_holder or nil)
    bring_back(c, 'reopened')
    return 'reopened'
  elseif c.state == 'assigned' then
    expect_return_if_offline(c)
  end
  return 'joined'
end
