-- Load, limits and the room sets: the only place that decides whether an associate can take one more.
local EPOCH = 1735689600000 -- 2025-01-01
local SHARE, TENTH = 2199023255552, 100 -- 2^41; tenths of a second

-- Whether the units and the channel's limit have room, whatever the presence.
local function has_room(a, lane)
  local channel = channel_of(lane)
  return num(a, 'load') + cost_of(channel) <= budget(a, lane)
    and num(a, 'n:' .. channel) < num(a, 'limit:' .. channel)
end

local function routable(a, lane)
  return a.presence == 'available' and not a.kept_for and has_room(a, lane)
end

-- Least loaded first, then the longest without an assignment. The weight of the pool's edge adds ring and flexibility.
local function room_score(a)
  local share = math.min(255, math.floor(255 * num(a, 'load') / num(a, 'capacity')))
  local last = num(a, 'last_assigned_at')
  return share * SHARE + (last > EPOCH and math.floor((last - EPOCH) / TENTH) or 0)
end

local function refresh_head(lane, pool)
  local head = call('ZRANGE', P .. 'room:' .. lane .. ':' .. pool, 0, 0, 'WITHSCORES')
  if head[1] then call('ZADD', P .. 'rooms:' .. lane, head[2], pool)
  else call('ZREM', P .. 'rooms:' .. lane, pool) end
end

-- Puts the room sets in step with the associate's record.
local function refresh(a)
  if not a.pool then return end
  local score
  for _, lane in ipairs(lanes()) do
    if a['limit:' .. channel_of(lane)] then
      local room = P .. 'room:' .. lane .. ':' .. a.pool
      if routable(a, lane) then
        score = score or room_score(a)
        call('ZADD', room, score, a.id)
        refresh_head(lane, a.pool)
      elseif call('ZREM', room, a.id) == 1 then
        refresh_head(lane, a.pool)
      end
    end
  end
end

-- Out of every room, also of those of lanes that are in use no more.
local function leave_rooms(a)
  if not a.pool then return end
  for _, lane in ipairs(LANES) do
    if call('ZREM', P .. 'room:' .. lane .. ':' .. a.pool, a.id) == 1 then refresh_head(lane, a.pool) end
  end
end

-- Load beyond capacity or limit exists only as recorded by a person's decision, and shrinks with the load.
local function record_over(a, channel, grow)
  local function over(field, excess)
    excess = math.max(0, excess)
    local allowed = grow and excess or math.min(num(a, field), excess)
    if allowed ~= num(a, field) then set(a, { [field] = allowed > 0 and allowed or false }) end
  end
  over('over', num(a, 'load') - num(a, 'capacity'))
  over('over:' .. channel, num(a, 'n:' .. channel) - num(a, 'limit:' .. channel))
end

local function load_add(a, c, override)
  local cost = cost_of(c.channel)
  set(c, { cost = cost, override = override and 1 or false })
  set(a, { load = num(a, 'load') + cost, ['n:' .. c.channel] = num(a, 'n:' .. c.channel) + 1 })
  record_over(a, c.channel, override)
end

local function load_remove(a, c)
  set(a, { load = num(a, 'load') - num(c, 'cost'), ['n:' .. c.channel] = num(a, 'n:' .. c.channel) - 1 })
  set(c, { override = false })
  record_over(a, c.channel, false)
end
