-- Purpose: a target of a conversation is at risk or breached at this moment.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 and 4 JSON lists of whom to notify of a risk and of a breach · 5 of the queue's teams
-- Replies: ok · missing · merged · closed
-- Journal: TargetAtRisk, TargetBreached, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill
local c = conversation(ARGV[2])
local refused = check_open(c)
if refused then return refused end
for _, target in ipairs(TARGETS) do
  local new, mark = standing(c, target), c['mark_' .. target]
  if new and mark ~= 'breach' and mark ~= new then
    set(c, { ['mark_' .. target] = new, pending = (c.pending and c.pending .. ' ' or '') .. new .. ':' .. target })
    timer('act', c.id, now)
    local breached = new == 'breach'
    local notify = ARGV[breached and 4 or 3]
    event(breached and 'TargetBreached' or 'TargetAtRisk', c, c.holder or nil, '{"target":"' .. target
      .. '","due_at":' .. c['due_' .. target] .. ',"state":"' .. c.state .. '","notify":' .. notify
      .. (string.find(notify, '"team"', 1, true) and ',"teams":' .. ARGV[5] or '') .. '}')
    -- Who has it and does not answer has until reassign_after_s from now.
    if breached and target ~= 'resolution' and c.state == 'assigned' then expect_return(c) end
  end
end
if is_overdue(c) and not c.late and num(policy(c), 'late_ms') > 0 then set(c, { late = policy(c).late_ms }) end
-- The timer is set again even if it was too early, because a clock went back.
end_timer('target', c, 'target_at')
retarget(c)
reorder(c)
settle()
return commit()
