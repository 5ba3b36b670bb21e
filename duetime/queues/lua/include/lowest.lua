-- The lowest rank of the lines that an associate may serve.

-- The first of a line that is not cooling for this associate (or that nobody else could take), with its rank.
local function first_for(a, line)
  if num(a, 'cooling') <= now then
    local head = call('ZRANGE', LINE .. line, 0, 0, 'WITHSCORES')
    return head[1], tonumber(head[2])
  end
  local from = 0
  while true do
    local rows = call('ZRANGE', LINE .. line, from, from + 31, 'WITHSCORES')
    for i = 1, #rows, 2 do
      local c = conversation(rows[i])
      local until_of = cooling_for(c)
      if not (until_of and until_of[a.id]) or nobody_else(c, until_of) then return c.id, tonumber(rows[i + 1]) end
    end
    if not rows[1] then return nil end
    from = from + 32
  end
end

-- Whether anything waits for this associate alone; mostly nothing does.
local function has_personal(a)
  local names = {}
  for i, lane in ipairs(LANES) do names[i] = LINE .. '@' .. a.id .. '/' .. lane end
  return call('EXISTS', unpack(names)) > 0
end

-- The lowest rank on one lane among the personal line, unless that is known to be empty, and the classes of the pool.
local function lowest(a, lane, personal)
  local best, best_rank
  if personal then best, best_rank = first_for(a, '@' .. a.id .. '/' .. lane) end
  if not a.pool then return best, best_rank end
  local heads = call('ZINTER', 2, P .. 'lines:' .. lane, P .. 'served:' .. a.pool, 'WEIGHTS', 1, 0, 'WITHSCORES')
  for i = 1, #heads, 2 do
    if best_rank and tonumber(heads[i + 1]) >= best_rank then break end
    local found, rank = first_for(a, heads[i])
    if found and (not best_rank or rank < best_rank) then best, best_rank = found, rank end
  end
  return best, best_rank
end

-- The lowest rank that fits into what is free, and the lowest that is too dear for it.
local function candidates(a)
  local best, best_rank, dear, dear_rank
  local personal = has_personal(a)
  -- A daemon that has not heard yet that nothing is reserved any more may have put something on an urgent lane.
  for _, lane in ipairs(personal and LANES or lanes()) do
    local channel = channel_of(lane)
    if num(a, 'n:' .. channel) < num(a, 'limit:' .. channel) then
      local found, rank = lowest(a, lane, personal)
      if found and has_room(a, lane) then
        if not best_rank or rank < best_rank then best, best_rank = found, rank end
      elseif found and (not dear_rank or rank < dear_rank) and cost_of(channel) <= budget(a, lane) then
        dear, dear_rank = found, rank
      end
    end
  end
  return best, best_rank, dear, dear_rank
end
