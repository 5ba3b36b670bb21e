-- Targets: first and next response, resolution. due_at is the earliest that is not met; none hides another.
local TARGETS = { 'first', 'next', 'resolution' }
local NEVER = 4102444800000

local function is_overdue(c) return c.mark_first == 'breach' or c.mark_next == 'breach' end

-- What is to be done about targets, in order, as words like `breach:first`.
local function is_pending(c, word)
  return string.find(' ' .. (c.pending or '') .. ' ', ' ' .. word .. ' ', 1, true) ~= nil
end

-- Nothing is to be done any more about what the pattern fits.
local function forget(c, pattern)
  local left = {}
  for word in string.gmatch(c.pending or '', '%S+') do
    if not string.match(word, pattern) then left[#left + 1] = word end
  end
  local pending = left[1] and table.concat(left, ' ') or nil
  if pending == c.pending then return end
  set(c, { pending = pending or false })
  if pending then timer('act', c.id, now)
  else untimer('act', c.id) end
end

-- What the mark of a target should be now: breach, risk, or nil.
local function standing(c, target)
  local due = tonumber(c['due_' .. target])
  if not due then return nil end
  return now >= due and 'breach' or now >= tonumber(c['risk_' .. target]) and 'risk' or nil
end

-- Works out due_at and risk_at, and when the next target will be at risk or breached.
local function retarget(c)
  local due, risk, moment = NEVER, NEVER, nil
  for _, target in ipairs(TARGETS) do
    local at, mark = tonumber(c['due_' .. target]), c['mark_' .. target]
    if at then
      local risk_at = tonumber(c['risk_' .. target])
      due, risk = math.min(due, at), math.min(risk, risk_at)
      if mark ~= 'breach' then moment = math.min(moment or NEVER, mark and at or risk_at) end
    end
  end
  -- One that was answered and handed over waits for somebody all the same, and keeps its place.
  if due == NEVER and (c.state == 'waiting' or c.state == 'offered') then
    due, risk = num(c, 'due_at'), num(c, 'risk_at')
  end
  set(c, { due_at = due, risk_at = risk, late = is_overdue(c) and c.late or false })
  if not moment then end_timer('target', c, 'target_at')
  elseif moment ~= num(c, 'target_at') then
    set(c, { target_at = moment })
    timer('target', c.id, moment)
  end
end

-- Changes fields of which the targets may be some; '' removes one. A target that is due at another time is neither at
-- risk nor breached yet, and nothing is to be done about it; one that is overdue all the same was told of already.
-- done: a word that is pending no more; raise: by how many ms more it goes before its due time.
local function change(c, fields)
  if fields.done then forget(c, '^' .. fields.done .. '$') end
  if fields.raise then set(c, { raised = num(c, 'raised') + fields.raise }) end
  fields.done, fields.raise = nil, nil
  for field, value in pairs(fields) do set(c, { [field] = value ~= '' and value }) end
  for _, target in ipairs(TARGETS) do
    local mark = c['mark_' .. target]
    if fields['due_' .. target] and mark and mark ~= standing(c, target) then
      set(c, { ['mark_' .. target] = false })
      forget(c, ':' .. target .. '$')
    end
  end
  retarget(c)
end

-- These targets are met, or no longer asked for.
local function meet(c, ...)
  local fields = {}
  for _, target in ipairs({ ... }) do fields['due_' .. target], fields['risk_' .. target] = '', '' end
  change(c, fields)
end
