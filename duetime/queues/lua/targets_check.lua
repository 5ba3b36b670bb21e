-- Purpose: a target of a conversation is at risk or breached at this moment.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 and 4 JSON lists of whom to notify of a risk and of a breach
-- Replies: ok · missing · closed
-- Journal: TargetAtRisk, TargetBreached
-- @include base journal guard lane capacity kept line targets bind
local c = conversation(ARGV[2])
local refused = check_open(c)
if refused then return refused end
local risk_ms = num(policy(c), 'risk_ms')
for _, target in ipairs(TARGETS) do
  local due, mark = tonumber(c['due_' .. target]), c['mark_' .. target]
  local new = due and ((now >= due and 'breach') or (now >= due - risk_ms and 'risk')) or nil
  if new and mark ~= 'breach' and mark ~= new then
    set(c, { ['mark_' .. target] = new, pending = new .. ':' .. target })
    timer('act', c.id, now)
    local breached = new == 'breach'
    event(breached and 'TargetBreached' or 'TargetAtRisk', c, c.holder or nil, '{"target":"' .. target
      .. '","due_at":' .. due .. ',"state":"' .. c.state .. '","notify":' .. ARGV[breached and 4 or 3] .. '}')
    -- Who has it and does not answer has until reassign_after_s from now.
    if breached and target ~= 'resolution' and c.state == 'assigned' then expect_return(c) end
  end
end
if is_overdue(c) and not c.late and num(policy(c), 'late_ms') > 0 then set(c, { late = 1 }) end
retarget(c)
if c.state == 'waiting' then rerank(c) end
return commit()
