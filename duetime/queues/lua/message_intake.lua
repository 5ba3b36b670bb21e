-- Purpose: take one message of a contact: de-duplicate, resolve the contact, join, wake, reopen or open a
--   conversation, append, and route it.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 <endpoint>:<external id> · 3 fingerprint of the body · 4 ms to remember it · 5 endpoint
--          6 <channel>:<address> · 7 verified 0/1 · 8 conversation of a proven reference or '' · 9 id for a new contact
--          10 id for a new conversation · 11 message id · 12 message JSON · 13 contact name or '' · 14 about JSON
--          15 reopen within ms · 16… field, value pairs of a new conversation
-- Replies: ok cv ct number opened|joined|woken|reopened · duplicate <what it became> · key_reused · foreign
--          unknown_class
-- Journal: ConversationOpened or ConversationReopened or ConversationWoken, MessageReceived, then of the match
-- @include base journal capacity line match bind place lowest fill history wake
local seen = P .. 'seen:' .. ARGV[2]
local before = call('GET', seen)
if before then
  if string.match(before, '%S+$') ~= ARGV[3] then return { 'key_reused' } end
  return { 'duplicate', before }
end

local ct = call('GET', P .. 'address:' .. ARGV[6])
local contact = ct or ARGV[9]

local function joinable(id)
  local c = conversation(id)
  if not c.exists then return nil end
  if c.state ~= 'closed' or now - num(c, 'closed_at') <= tonumber(ARGV[15]) then return c end
end

local function find()
  local named = ARGV[8] ~= '' and joinable(ARGV[8]) or nil
  if named or not ct then return named end
  local newest = call('HGET', P .. 'talk:' .. ct, ARGV[5])
  local c = newest and joinable(newest)
  if c or ARGV[7] ~= '1' then return c end
  for _, id in ipairs(call('ZREVRANGE', P .. 'talks:' .. ct, 0, 9)) do
    if conversation(id).exists and conversation(id).state ~= 'closed' then return conversation(id) end
  end
end

if ARGV[8] ~= '' and conversation(ARGV[8]).contact ~= contact then return { 'foreign' } end
local c, fresh = find(), {}
for i = 16, #ARGV, 2 do fresh[ARGV[i]] = ARGV[i + 1] end
if not c and call('SISMEMBER', P .. 'classes', fresh.base) == 0 then return { 'unknown_class' } end

if not ct then
  call('SET', P .. 'address:' .. ARGV[6], contact)
  call('HSET', P .. 'contact:' .. contact, 'created_at', now, 'version', 1, 'a:' .. ARGV[6], ARGV[7])
  if ARGV[13] ~= '' then call('HSET', P .. 'contact:' .. contact, 'name', ARGV[13]) end
  call('ZADD', P .. 'contacts', now, contact)
end
if not c then
  c = conversation(ARGV[10])
  fresh.contact, fresh.opened_at, fresh.version = contact, now, 0
  fresh.follows = ARGV[8] ~= '' and ARGV[8] or nil
  set(c, fresh)
  due_again(c)
  call('SET', P .. 'about:' .. c.id, ARGV[14])
  call('ZADD', P .. 'open', now, c.id)
  call('ZADD', P .. 'talks:' .. contact, now, c.id)
  call('HSET', P .. 'talk:' .. contact, ARGV[5], c.id)
  event('ConversationOpened', c, nil, '{"channel":"' .. c.channel .. '","about":' .. ARGV[14] .. '}')
elseif c.answered == '1' and c.state ~= 'waiting' and c.state ~= 'offered' then
  -- One that was answered and handed over keeps its place: nobody loses it by writing again.
  due_again(c)
  if c.holder then call('ZADD', HELD .. c.holder, c.due_at, c.id) end
end
set(c, { answered = false })
end_timer('idle', c, 'idle_at')
local number = append(c, ARGV[12])
call('SET', seen, table.concat({ c.id, contact, ARGV[11], number, ARGV[3] }, ' '), 'PX', ARGV[4])
event('MessageReceived', c, c.holder or nil, message_data(ARGV[12], number))
local how = continue(c)
settle()
return commit(c.id, contact, number, how)
