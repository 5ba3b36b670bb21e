-- A conversation that is merged rests, with what it needs to go on where it was; the one that stands for it owes its
-- answers.
local RUNNING = { 'due_first', 'risk_first', 'due_next', 'risk_next', 'due_resolution', 'risk_resolution',
  'resolution_since', 'resolution_used', 'paused_at' }

local function rest(c, was)
  was.open = true
  for _, field in ipairs(RUNNING) do was[field] = c[field] or nil end
  local holder = c.holder
  end_silence(c)
  end_timer('unseen', c, 'unseen_at')
  meet(c, 'first', 'next', 'resolution')
  take_out(c)
  end_timer('act', c, 'pending')
  set(c, { state = 'closed', closed_at = now, cooling = false, step_until = false, paused_at = false,
    resolution_since = false, resolution_used = false })
  call('ZREM', P .. 'open', c.id)
  call('ZADD', P .. 'closed', c.opened_at, c.id)
  call('DEL', P .. 'cool:' .. c.id)
  event('ConversationClosed', c, holder or nil, '{"disposition":null,"version":' .. c.version .. '}')
end

-- The contact waits for an answer here: since what was merged into it was due then.
local function await_answer(c, due, risk)
  local fields = {}
  if due and c.due_first and num(c, 'due_first') > tonumber(due) then
    fields = { due_first = due, risk_first = risk }
  elseif due and not c.due_first and (not c.due_next or num(c, 'due_next') > tonumber(due)) then
    fields = { due_next = due, risk_next = risk }
  end
  set(c, { answered = false })
  end_timer('idle', c, 'idle_at')
  end_silence(c)
  change(c, fields)
  if c.state == 'parked' then
    take_out(c)
    event('ConversationWoken', c, c.last_holder or nil, '{"by":"merge"}')
    bring_back(c, 'woken')
  elseif c.state == 'wrap_up' then continue(c)
  else reorder(c) end
end
