-- Placing a conversation that is in no place: to the best associate, else into its line.
-- reason: why it enters the line, for the journal.
local function place(c, reason)
  local a = best_associate(c)
  if a then return bind(c, a, 'arrival') end
  set(c, { version = num(c, 'version') + 1 })
  enter_line(c)
  event('ConversationQueued', c, nil, cjson.encode({ reason = reason, line = c.line, step = num(c, 'step'),
    rank = rank_of(c), due_at = num(c, 'due_at'), version = num(c, 'version') }))
  ask_kept(c)
end

-- Tries again for one that waits.
local function match_waiting(c)
  local a = best_associate(c)
  if not a then return ask_kept(c) end
  leave_line(c)
  bind(c, a, 'arrival')
end
