-- Waiting lines: one sorted set per class by rank, with the head of every line in one set per channel.
local function is_personal(class) return string.sub(class, 1, 1) == '@' end

local function refresh_line_head(c)
  if is_personal(c.line) then return end
  local head = call('ZRANGE', LINE .. c.line, 0, 0, 'WITHSCORES')
  if head[1] then call('ZADD', P .. 'lines:' .. lane_of(c), head[2], c.line)
  else call('ZREM', P .. 'lines:' .. lane_of(c), c.line) end
end

-- Its due time or its rank has changed: it takes the place that goes with it, in its line or on its associate's list.
-- What goes forward may be for somebody who is kept; what goes back no longer keeps anybody from the others before it.
local function reorder(c)
  if c.holder then call('ZADD', HELD .. c.holder, c.due_at, c.id) end
  if c.state ~= 'waiting' then return end
  local rank = rank_of(c)
  call('ZADD', LINE .. c.line, rank, c.id)
  refresh_line_head(c)
  call('ZADD', P .. 'queue:' .. c.queue, rank, c.id)
  if c.kept_by then
    call('ZADD', P .. 'kept', rank, c.kept_by)
    want_fill(associate(c.kept_by))
  end
  ask_kept(c)
end

-- Waits for the first of those who are cooling for it to be done with that.
local function await_cool(c)
  if num(c, 'cooling') <= now then return end
  local first = call('ZRANGEBYSCORE', P .. 'cool:' .. c.id, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if not first[1] then return end
  call('ZADD', P .. 'cooling', first[2], c.id)
  timer('cool', c.id, tonumber(first[2]))
end

local function enter_line(c)
  local rank = rank_of(c)
  set(c, { state = 'waiting', holder = false })
  call('ZADD', LINE .. c.line, rank, c.id)
  if not is_personal(c.line) then call('ZADD', P .. 'lines:' .. lane_of(c), 'LT', rank, c.line) end
  call('ZADD', P .. 'queue:' .. c.queue, rank, c.id)
  call('ZADD', P .. 'arrived:' .. c.queue, c.arrived_at, c.id)
  if num(c, 'step_until') > 0 then timer('step', c.id, num(c, 'step_until')) end
  await_cool(c)
end

local function leave_line(c)
  call('ZREM', LINE .. c.line, c.id)
  refresh_line_head(c)
  call('ZREM', P .. 'queue:' .. c.queue, c.id)
  call('ZREM', P .. 'arrived:' .. c.queue, c.id)
  if c.step_until then untimer('step', c.id) end
  if c.cooling then
    call('ZREM', P .. 'cooling', c.id)
    untimer('cool', c.id)
  end
  unkeep(c)
end
