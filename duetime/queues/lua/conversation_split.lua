-- Purpose: undo a merge: the conversation goes on for itself where it was, with the contact that it had. What was said
--   since stays where it was said.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv that was merged into another one · 3 who does it, JSON
-- Replies: ok · missing · not_merged · merged (what stands for it, or its contact, was merged itself: first undo that)
-- Journal: ContactsParted, ConversationSplit of the one that stood for it, ConversationReopened if it was open, then of
--   the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill history wake park
-- @include contacts destination silence merge
local other = conversation(ARGV[2])
if not other.exists or other.erasing then return { 'missing' } end
if not other.merged_into then return { 'not_merged' } end
local c, was = conversation(other.merged_into), cjson.decode(other.merged_was)
local parted = was.contact ~= other.contact and contact_of(was.contact)
if c.merged_into or (parted and parted.merged_into ~= c.contact) then return { 'merged' } end

local left = {}
for id in string.gmatch(c.merged or '', '%S+') do
  if id ~= other.id then left[#left + 1] = id end
end
local channel, endpoint, address = destination(other)
local _, at, to = destination(c)
if at == endpoint and to == address then
  set(c, { to_channel = was.to_channel or false, to_endpoint = was.to_endpoint or false,
    to_address = was.to_address or false })
end
set(c, { merged = left[1] and table.concat(left, ' ') or false, version = num(c, 'version') + 1 })
if channel == 'chat' or other.channel == 'chat' then set(c, { ['chat:' .. other.address] = false }) end
set(other, { merged_into = false, merged_was = false, version = num(other, 'version') + 1 })
if parted then
  for _, where in ipairs({ other.endpoint, endpoint }) do
    local talk = P .. 'talk:' .. c.contact
    if where ~= c.endpoint and call('HGET', talk, where) == c.id then call('HDEL', talk, where) end
  end
  part_contacts(was.contact)
end
call('HSET', P .. 'talk:' .. other.contact, other.endpoint, other.id, endpoint, other.id)
event('ConversationSplit', c, c.holder or nil, '{"conversation":"' .. other.id .. '","by":' .. ARGV[3]
  .. ',"version":' .. c.version .. '}')
if was.open then
  call('ZREM', P .. 'closed', other.id)
  call('ZADD', P .. 'open', other.opened_at, other.id)
  set(other, { closed_at = false })
  local fields = {}
  for _, field in ipairs(RUNNING) do fields[field] = was[field] or '' end
  change(other, fields)
  event('ConversationReopened', other, other.last_holder or nil)
  if other.answered == '1' then park(other, 'awaiting_contact')
  else bring_back(other, 'reopened') end
end
settle()
return commit()
