-- Ranks, who is to be filled at the end of the script, and who is kept for what.
local BOOST_MAX = 86400000 -- router/due_time.py
local refill = {} -- associates who may have gained something to do by what another one's conversation did

local function want_fill(a)
  if a.wants_fill then return end
  a.wants_fill = true
  refill[#refill + 1] = a
end

-- A late one goes behind those that can still be in time, by what the queue's policy said when it became late.
local function rank_of(c)
  return num(c, 'due_at') - math.min(BOOST_MAX, num(c, 'boost') + num(c, 'raised')) + num(c, 'late')
end

-- An associate who is kept for a conversation takes only what ranks before it, until they have the units for it.
local function unkeep(c)
  if not c.kept_by then return end
  local a = associate(c.kept_by)
  set(c, { kept_by = false })
  set(a, { kept_for = false })
  call('ZREM', P .. 'kept', a.id)
  refresh(a)
  want_fill(a)
end

local function keep(a, c)
  if a.kept_for then unkeep(conversation(a.kept_for)) end
  set(c, { kept_by = a.id })
  set(a, { kept_for = c.id })
  call('ZADD', P .. 'kept', rank_of(c), a.id)
  refresh(a)
end

-- Those who are kept for what ranks after this conversation may take it first.
local function ask_kept(c)
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'kept', '(' .. rank_of(c), '+inf')) do want_fill(associate(id)) end
end
