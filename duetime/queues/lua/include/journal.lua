-- Events and timers. Events are collected and appended last, so that the journal never tells of what did not happen.
local events = {}
local wake_at

local function timer(kind, subject, at)
  call('ZADD', P .. 'timers', at, kind .. ':' .. subject)
  if not wake_at or at < wake_at then wake_at = at end
end

local function untimer(kind, subject) call('ZREM', P .. 'timers', kind .. ':' .. subject) end

-- Ends the timer whose time stands in a field of the record, and the field with it.
local function end_timer(kind, r, field)
  if not r[field] then return end
  untimer(kind, r.id)
  set(r, { [field] = false })
end

-- c: the conversation, or nil; who: the associate concerned, or nil; data: a JSON text.
local function event(kind, c, who, data)
  local e = { 't', kind, 'at', now, 'd', data or '{}' }
  local function add(name, value) if value then e[#e + 1] = name; e[#e + 1] = value end end
  if c then
    set(c, { events = num(c, 'events') + 1 })
    add('c', c.id); add('n', c.events); add('k', c.contact); add('q', c.queue)
  end
  add('a', who)
  events[#events + 1] = e
end

-- Writes the records, then the events; what a script returns goes through here.
local function commit(...)
  save_all()
  local max = params_read and params_read.journal_max or call('HGET', P .. 'params', 'journal_max') or 100000
  for i, e in ipairs(events) do
    if i == 1 and wake_at then e[#e + 1] = 'w'; e[#e + 1] = wake_at end
    call('XADD', P .. 'journal', 'MAXLEN', '~', max, '*', unpack(e))
  end
  return { 'ok', ... }
end
