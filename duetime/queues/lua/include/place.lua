-- Placing a conversation that is in no place: to the best associate, else into its line. reason: why it enters the line, for the journal.
local function place(c, reason, by)
  local a = best_associate(c)
  if a then return bind(c, a, by or 'arrival') end
  set(c, { version = num(c, 'version') + 1 })
  enter_line(c)
  event('ConversationQueued', c, nil, cjson.encode({ reason = reason, line = c.line, step = num(c, 'step'),
    rank = rank_of(c), due_at = num(c, 'due_at'), version = num(c, 'version') }))
end
