-- Purpose: change what conversations are worth and when they are due, where they stand: priority, targets, boost.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 JSON [[cv, number of its newest event or '', {field: value or ''}]..]
--          3 1 to tell it in the journal
-- Replies: ok, then the ids of those that are closed, or have moved on since they were read
-- Journal: ConversationChanged
-- @include base journal guard lane capacity kept line targets
local skipped = {}
for _, item in ipairs(cjson.decode(ARGV[2])) do
  local c = conversation(item[1])
  if check_open(c) or (item[2] ~= '' and item[2] ~= c.events) then skipped[#skipped + 1] = item[1]
  else
    if item[3].pending == '' then untimer('act', c.id) end
    change(c, item[3])
    if c.state == 'waiting' then rerank(c)
    elseif c.holder then call('ZADD', HELD .. c.holder, c.due_at, c.id) end
    if ARGV[3] == '1' then
      set(c, { version = num(c, 'version') + 1 })
      event('ConversationChanged', c, c.holder or nil, '{"version":' .. c.version .. ',"priority":"' .. c.priority
        .. '","due_at":' .. c.due_at .. '}')
    end
  end
end
return commit(skipped)
