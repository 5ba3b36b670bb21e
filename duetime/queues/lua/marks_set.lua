-- Purpose: the contact's client has received or shown messages up to a number. Marks never go back.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 delivered up to, or '' · 4 read up to, or ''
-- Replies: ok · missing
-- Journal: MarksMoved, only when something moved
-- @include base journal
local c = conversation(ARGV[2])
if not c.exists then return { 'missing' } end
local last = num(c, 'messages')
local read = math.min(last, math.max(num(c, 'read'), tonumber(ARGV[4]) or 0))
local delivered = math.min(last, math.max(num(c, 'delivered'), tonumber(ARGV[3]) or 0, read))
if read > num(c, 'read') or delivered > num(c, 'delivered') then
  set(c, { read = read, delivered = delivered })
  if delivered == last then end_timer('unseen', c, 'unseen_at') end
  event('MarksMoved', c, c.holder or nil, '{"delivered":' .. delivered .. ',"read":' .. read .. '}')
end
return commit()
