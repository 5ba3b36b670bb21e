-- Matching: the best associate for a waiting conversation.
local function cooling_for(c)
  if num(c, 'cooling') <= now then return nil end
  local flat, until_of, n = call('ZRANGEBYSCORE', P .. 'cool:' .. c.id, '(' .. now, '+inf', 'WITHSCORES'), {}, 0
  for i = 1, #flat, 2 do until_of[flat[i]] = tonumber(flat[i + 1]); n = n + 1 end
  return n > 0 and until_of or nil, n
end

-- Every available associate of the class's pools is cooling for it: then waiting longer would help nobody.
local function nobody_else(c, until_of)
  if is_personal(c.line) then return false end
  local others = 0
  for _, pool in ipairs(call('ZRANGE', P .. 'pools:' .. c.line, 0, -1)) do
    others = others + call('SCARD', P .. 'present:' .. pool)
    for who in pairs(until_of) do
      if call('SISMEMBER', P .. 'present:' .. pool, who) == 1 then others = others - 1 end
    end
  end
  return others == 0
end

-- The best routable associate for a waiting conversation, or nil. Not one of those who are to be filled: what they gain
-- is for the lowest rank that waits.
local function best_associate(c)
  local until_of, n = cooling_for(c)
  if is_personal(c.line) then
    local a = associate(string.match(c.line, '^@([^/]+)'))
    return routable(a, lane_of(c)) and not a.wants_fill and not (until_of and until_of[a.id]) and a or nil
  end
  local pools = call('ZINTER', 2, P .. 'rooms:' .. lane_of(c), P .. 'pools:' .. c.line)
  if not pools[1] then return nil end
  local first
  for _, pool in ipairs(pools) do
    for _, who in ipairs(call('ZRANGE', P .. 'room:' .. lane_of(c) .. ':' .. pool, 0, (n or 0) + #refill)) do
      local known = associates[who]
      if not (known and known.wants_fill) then
        if not (until_of and until_of[who]) then return associate(who) end
        if not first or until_of[who] < until_of[first] then first = who end
      end
    end
  end
  return first and nobody_else(c, until_of) and associate(first) or nil
end
