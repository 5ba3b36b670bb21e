-- Matching the other way: an associate with room takes the lowest rank of the lines that they may serve.

-- The first of a line that is not cooling for this associate (or that nobody else could take), with its rank.
local function first_for(a, line)
  if num(a, 'cooling') <= now then
    local head = call('ZRANGE', LINE .. line, 0, 0, 'WITHSCORES')
    return head[1], tonumber(head[2])
  end
  local from, rows = 0, nil
  repeat
    rows = call('ZRANGE', LINE .. line, from, from + 31, 'WITHSCORES')
    for i = 1, #rows, 2 do
      local c = conversation(rows[i])
      local until_of = cooling_for(c)
      if not (until_of and until_of[a.id]) or nobody_else(c, until_of) then return c.id, tonumber(rows[i + 1]) end
    end
    from = from + 32
  until not rows[1]
end

-- The lowest rank on one channel among the personal line and the classes of the pool.
local function lowest(a, channel)
  local best, best_rank = first_for(a, '@' .. a.id .. '/' .. channel)
  if not a.pool then return best, best_rank end
  local heads = call('ZINTER', 2, P .. 'lines:' .. channel, P .. 'served:' .. a.pool, 'WEIGHTS', 1, 0, 'WITHSCORES')
  for i = 1, #heads, 2 do
    if best_rank and tonumber(heads[i + 1]) >= best_rank then break end
    local found, rank = first_for(a, heads[i])
    if found and (not best_rank or rank < best_rank) then best, best_rank = found, rank end
  end
  return best, best_rank
end

-- What this associate should take next. Cheap work must not starve dear work: when the lowest rank needs more units
-- than are free and is at risk, what frees is kept for it.
local function next_for(a)
  if a.kept_for then
    local kept = conversation(a.kept_for)
    return has_room(a, kept.channel) and kept or nil
  end
  local best, best_rank, dear, dear_rank
  for _, channel in ipairs(CHANNELS) do
    if num(a, 'n:' .. channel) < num(a, 'limit:' .. channel) then
      local found, rank = lowest(a, channel)
      if found and has_room(a, channel) then
        if not best_rank or rank < best_rank then best, best_rank = found, rank end
      elseif found and (not dear_rank or rank < dear_rank) then
        dear, dear_rank = found, rank
      end
    end
  end
  if dear and (not best_rank or dear_rank < best_rank) then
    local c = conversation(dear)
    if now >= num(c, 'risk_at') and not c.kept_by then
      set(c, { kept_by = a.id })
      set(a, { kept_for = c.id })
      call('SADD', P .. 'kept', a.id)
      refresh(a)
      return nil
    end
  end
  return best and conversation(best) or nil
end

local function fill(a)
  while a.presence == 'available' do
    local c = next_for(a)
    if not c then return end
    leave_line(c)
    bind(c, a, 'room')
  end
end

-- Fills everyone whose room changed on the way; call before commit.
local function settle()
  local i = 1
  while refill[i] do
    fill(refill[i])
    i = i + 1
  end
end
