-- Purpose: change what conversations are worth and when they are due, where they stand: priority, targets, boost.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 JSON [[cv, number of its newest event or '', {field: value or ''}]..]
--          3 1 to tell it in the journal
-- Replies: ok ids (of those that are closed, moved on since they were read, or had done what was pending)
-- Journal: ConversationChanged, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill
local skipped = {}
for _, item in ipairs(cjson.decode(ARGV[2])) do
  local c = conversation(item[1])
  local fields = item[3]
  local over = fields.done and not is_pending(c, fields.done)
  if check_open(c) or over or (item[2] ~= '' and item[2] ~= c.events) then skipped[#skipped + 1] = item[1]
  else
    change(c, fields)
    reorder(c)
    if ARGV[3] == '1' then
      set(c, { version = num(c, 'version') + 1 })
      event('ConversationChanged', c, c.holder or nil, '{"version":' .. c.version .. ',"priority":"' .. c.priority
        .. '","due_at":' .. c.due_at .. '}')
    end
  end
end
settle()
return commit(skipped)
