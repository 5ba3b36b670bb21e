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
  for class, weight in pairs(edges) do
    if call('SADD', served, class) == 1 then gained[class] = true end
    call('ZADD', P .. 'pools:' .. class, weight, pool)
  end
  for _, id in ipairs(call('ZRANGE', P .. 'kept', 0, -1)) do
    local a = associate(id)
    if a.pool == pool then
      if lost then unkeep(conversation(a.kept_for))
      else want_fill(a) end
    end
  end
end

-- pool: false for none, until the graph knows anew what they may take.
local function move_associate(a, pool)
  if not a.exists or (a.pool or false) == pool then return end
  if a.kept_for then unkeep(conversation(a.kept_for)) end
  leave_rooms(a)
  if a.pool then call('SREM', P .. 'present:' .. a.pool, a.id) end
  set(a, { pool = pool })
  if pool and a.presence == 'available' then call('SADD', P .. 'present:' .. pool, a.id) end
  refresh(a)
  want_fill(a)
end

-- Serves lines in the order of rank while somebody routable takes what waits there. Only one that some associate is
-- cooling for may be passed over: nobody who cannot take one can take the next.
local function drain(classes)
  local at, heads = {}, {}
  local function look(class)
    local row = call('ZRANGE', LINE .. class, at[class], at[class], 'WITHSCORES')
    heads[class] = row[1] and { id = row[1], rank = tonumber(row[2]) } or nil
  end
  for class in pairs(classes) do
    at[class] = 0
    look(class)
  end
  while next(heads) do
    local class
    for name, head in pairs(heads) do
      if not class or head.rank < heads[class].rank then class = name end
    end
    local c = conversation(heads[class].id)
    local a = best_associate(c)
    if a then
      leave_line(c)
      bind(c, a, 'room')
      look(class)
    elseif cooling_for(c) then
      at[class] = at[class] + 1
      look(class)
    else heads[class] = nil end
  end
end
