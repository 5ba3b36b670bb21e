-- Changing edges and membership. Edges gained are matched from the line, associates moved are matched from the room.
local function set_edges(pool, edges, gained)
  local served, lost = P .. 'served:' .. pool, false
  for _, class in ipairs(call('SMEMBERS', served)) do
    if not edges[class] then
      call('SREM', served, class)
      call('ZREM', P .. 'pools:' .. class, pool)
      lost = true
    end
  end
  if lost then
    for _, id in ipairs(call('SMEMBERS', P .. 'kept')) do
      local a = associate(id)
      if a.pool == pool and a.kept_for then unkeep(conversation(a.kept_for)) end
    end
  end
  for class, weight in pairs(edges) do
    if call('SADD', served, class) == 1 then gained[class] = true end
    call('ZADD', P .. 'pools:' .. class, weight, pool)
  end
end

local function move_associate(a, pool)
  if not a.exists or a.pool == pool then return end
  if a.kept_for then unkeep(conversation(a.kept_for)) end
  if a.pool then
    for _, channel in ipairs(CHANNELS) do
      if call('ZREM', P .. 'room:' .. channel .. ':' .. a.pool, a.id) == 1 then refresh_head(channel, a.pool) end
    end
    call('SREM', P .. 'present:' .. a.pool, a.id)
  end
  set(a, { pool = pool })
  if a.presence == 'available' then call('SADD', P .. 'present:' .. pool, a.id) end
  refresh(a)
  refill[#refill + 1] = a
end

-- Serves a line from its head while somebody routable takes it.
local function drain_line(class)
  while true do
    local id = call('ZRANGE', LINE .. class, 0, 0)[1]
    local c = id and conversation(id)
    local a = c and best_associate(c)
    if not a then return end
    leave_line(c)
    bind(c, a, 'room')
  end
end
