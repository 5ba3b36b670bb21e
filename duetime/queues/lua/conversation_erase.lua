-- Purpose: erase a closed conversation. Once begun it takes no more messages, so that its files can go first; what is
--   finished is gone. What the ids of its messages became stays known as long as it would, so that none comes back.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 begin|finish · 4 by whom, a JSON string
-- Replies: ok · missing · merged (into another one that is not being erased) · gone (not closed, or not begun)
-- Journal: ConversationErased when it is finished
-- @include base journal outbox
local c = conversation(ARGV[2])
if not c.exists then return { 'missing' } end
if c.merged_into and not conversation(c.merged_into).erasing then return { 'merged' } end
if c.state ~= 'closed' or (ARGV[3] == 'finish' and not c.erasing) then return { 'gone' } end
if ARGV[3] == 'begin' then
  set(c, { erasing = 1 })
  return commit()
end

-- What the contact's record says of it; `t:` fields are there until a merge of contacts is undone.
local function forget(contact)
  local talk, talks, it = P .. 'talk:' .. contact, P .. 'talks:' .. contact, P .. 'contact:' .. contact
  call('ZREM', talks, c.id)
  for endpoint, newest in pairs(hash(talk)) do
    if newest == c.id then
      call('HDEL', talk, endpoint)
      for _, id in ipairs(call('ZREVRANGE', talks, 0, 99)) do
        if call('HGET', CONV .. id, 'endpoint') == endpoint then
          call('HSET', talk, endpoint, id)
          break
        end
      end
    end
  end
  for field, id in pairs(hash(it)) do
    if string.sub(field, 1, 2) == 't:' and (id == c.id or id == c.merged_into) then call('HDEL', it, field) end
  end
end

forget(c.contact)
local before = c.merged_was and cjson.decode(c.merged_was).contact or c.contact
if before ~= c.contact then forget(before) end
for number, text in pairs(hash(P .. 'delivery:' .. c.id)) do
  local endpoint = cjson.decode(text).endpoint
  call('ZREM', P .. 'dead:' .. endpoint, c.id .. '/' .. number)
  call('ZREM', P .. 'outbox:' .. endpoint, c.id)
  call('UNLINK', unsent(endpoint, c))
end
call('ZREM', P .. 'closed', c.id)
for _, kind in ipairs({ 'ack', 'remind', 'silence', 'unseen' }) do untimer(kind, c.id) end
for _, kind in ipairs({ 'conv', 'about', 'why', 'messages', 'cool', 'delivery' }) do
  call('UNLINK', P .. kind .. ':' .. c.id)
end
event('ConversationErased', c, c.last_holder or nil, '{"by":' .. ARGV[4] .. '}')
c.dirty = {} -- counting the event must not make the record anew
return commit()
