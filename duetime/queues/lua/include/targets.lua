-- Targets: first and next response, resolution. due_at is the earliest that is not met; none hides another.
local TARGETS = { 'first', 'next', 'resolution' }
local NEVER = 4102444800000

local function is_overdue(c) return c.mark_first == 'breach' or c.mark_next == 'breach' end

-- Works out due_at, and when the next target will be at risk or breached.
local function retarget(c)
  local due, moment, risk_ms = NEVER, nil, num(policy(c), 'risk_ms')
  for _, target in ipairs(TARGETS) do
    local at, mark = tonumber(c['due_' .. target]), c['mark_' .. target]
    if at then
      due = math.min(due, at)
      if mark ~= 'breach' then moment = math.min(moment or NEVER, mark and at or at - risk_ms) end
    end
  end
  -- One that was answered and handed over waits for somebody all the same, and keeps its place.
  if due == NEVER and (c.state == 'waiting' or c.state == 'offered') then due = num(c, 'due_at') end
  set(c, { due_at = due, late = c.late and is_overdue(c) and 1 or false })
  if not moment then end_timer('target', c, 'target_at')
  elseif moment ~= num(c, 'target_at') then
    set(c, { target_at = moment })
    timer('target', c.id, moment)
  end
end

-- dues: ms or '' of some targets. A target that is due at another time is neither at risk nor breached yet.
local function promise(c, dues)
  for target, due in pairs(dues) do
    if tostring(c['due_' .. target] or '') ~= tostring(due) then
      set(c, { ['due_' .. target] = due ~= '' and due, ['mark_' .. target] = false })
    end
  end
  retarget(c)
end

-- Changes fields of which the targets may be some; '' removes one.
local function change(c, fields)
  local dues, others = {}, {}
  for field, value in pairs(fields) do
    local target = string.match(field, '^due_(%l+)$')
    if target then dues[target] = value
    else others[field] = value ~= '' and value end
  end
  set(c, others)
  promise(c, dues)
end

-- The conversation is worked on again: whoever waits, waits since now, and the resolution clock runs on.
local function resume(c, due_next, due_resolution, used_ms)
  if due_next ~= '' then
    set(c, { arrived_at = now })
    promise(c, { next = due_next })
  end
  if due_resolution ~= '' then
    set(c, { resolution_since = now, resolution_used = used_ms, paused_at = false })
    promise(c, { resolution = due_resolution })
  end
end

local function pause_resolution(c)
  if not c.due_resolution then return end
  set(c, { paused_at = now, due_resolution = false })
  retarget(c)
end
