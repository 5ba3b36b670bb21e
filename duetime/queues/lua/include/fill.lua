-- Matching the other way: an associate with room takes the lowest rank of the lines that they may serve.

-- What this associate should take next. Cheap work must not starve dear work: when the lowest rank needs more units
-- than are free and is at risk, what frees is kept for it.
local function next_for(a)
  if num(a, 'load') >= num(a, 'capacity') then return nil end
  local best, best_rank, dear, dear_rank = candidates(a)
  local kept = a.kept_for and conversation(a.kept_for)
  if dear and (not best or dear_rank < best_rank) and (not kept or dear_rank < rank_of(kept)) then
    local c = conversation(dear)
    if now >= num(c, 'risk_at') and not c.kept_by then
      keep(a, c)
      kept = c
    end
  end
  if not best or (kept and best ~= kept.id and best_rank >= rank_of(kept)) then return nil end
  return conversation(best)
end

local function fill(a)
  while a.presence == 'available' do
    local c = next_for(a)
    if not c then return end
    leave_line(c)
    bind(c, a, 'room')
  end
end

-- Fills everyone whose room changed on the way; call before commit.
local function settle()
  while refill[1] do
    local a = table.remove(refill, 1)
    a.wants_fill = false
    fill(a)
  end
end
