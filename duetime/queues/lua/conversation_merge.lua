-- Purpose: one conversation stands for another from now on, and their contacts are one. All that the other one had
--   stays in it, so that it can be undone.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv that stands for both · 3 its version or '' · 4 cv that is merged into it · 5 who does it, JSON
-- Replies: ok version · missing · closed · stale version · merged (one of them already)
--          too_many (conversations of the other contact)
-- Journal: ContactsMerged, ConversationClosed of the other one if it was open, ConversationMerged, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill history wake
-- @include contacts destination silence merge
local c, other = conversation(ARGV[2]), conversation(ARGV[4])
local refused = check_open(c, ARGV[3]) or ((not other.exists or other.erasing) and { 'missing' })
if refused then return refused end
if other.merged_into or c.id == other.id then return { 'merged' } end
if c.contact ~= other.contact and is_too_much(other.contact) then return { 'too_many' } end

local was = { contact = other.contact }
for _, field in ipairs({ 'to_channel', 'to_endpoint', 'to_address' }) do was[field] = c[field] end
local waited = other.state ~= 'closed' and other.state ~= 'wrap_up' and other.answered ~= '1'
local due, risk = other.due_first or other.due_next, other.risk_first or other.risk_next
if other.contact ~= c.contact then join_contacts(c.contact, other.contact) end
set(other, { merged_into = c.id, version = num(other, 'version') + 1 })
if other.state ~= 'closed' then rest(other, was) end
set(other, { merged_was = cjson.encode(was) })
set(c, { merged = c.merged and c.merged .. ' ' .. other.id or other.id, version = num(c, 'version') + 1 })
local channel, endpoint, address = destination(other)
if num(other, 'last_message_at') > num(c, 'last_message_at') then
  set(c, { to_channel = channel, to_endpoint = endpoint, to_address = address })
end
call('HSET', P .. 'talk:' .. c.contact, other.endpoint, c.id, endpoint, c.id)
if other.channel == 'chat' then set(c, { ['chat:' .. other.address] = num(c, 'messages') }) end
event('ConversationMerged', c, c.holder or nil, '{"conversation":"' .. other.id .. '","by":' .. ARGV[5]
  .. ',"version":' .. c.version .. '}')
if waited then await_answer(c, due, risk) end
settle()
return commit(c.version)
