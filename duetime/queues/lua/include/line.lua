-- Waiting lines: one sorted set per class by rank, with the head of every line in one set per channel.
local refill = {} -- associates who may have gained something to do by what another one's conversation did

local function is_personal(class) return string.sub(class, 1, 1) == '@' end

local function rank_of(c) return num(c, 'due_at') - num(c, 'boost') end

local function enter_line(c)
  local rank = rank_of(c)
  set(c, { state = 'waiting', holder = false })
  call('ZADD', LINE .. c.line, rank, c.id)
  if not is_personal(c.line) then call('ZADD', P .. 'lines:' .. c.channel, 'LT', rank, c.line) end
  call('ZADD', P .. 'queue:' .. c.queue, rank, c.id)
  call('ZADD', P .. 'arrived:' .. c.queue, c.arrived_at, c.id)
  if num(c, 'step_until') > 0 then timer('step', c.id, num(c, 'step_until')) end
  if num(c, 'cooling') > now then
    call('ZADD', P .. 'cooling', c.cooling, c.id)
    timer('cool', c.id, num(c, 'cooling'))
  end
end

local function unkeep(c)
  if not c.kept_by then return end
  local a = associate(c.kept_by)
  set(c, { kept_by = false })
  set(a, { kept_for = false })
  call('SREM', P .. 'kept', a.id)
  refresh(a)
  refill[#refill + 1] = a
end

local function leave_line(c)
  call('ZREM', LINE .. c.line, c.id)
  if not is_personal(c.line) then
    local head = call('ZRANGE', LINE .. c.line, 0, 0, 'WITHSCORES')
    if head[1] then call('ZADD', P .. 'lines:' .. c.channel, head[2], c.line)
    else call('ZREM', P .. 'lines:' .. c.channel, c.line) end
  end
  call('ZREM', P .. 'queue:' .. c.queue, c.id)
  call('ZREM', P .. 'arrived:' .. c.queue, c.id)
  if c.step_until then untimer('step', c.id) end
  if c.cooling then
    call('ZREM', P .. 'cooling', c.id)
    untimer('cool', c.id)
  end
  unkeep(c)
end
