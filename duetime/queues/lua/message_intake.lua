-- Purpose: take one message of a contact: de-duplicate, resolve the contact, join, wake, reopen or open a
--   conversation, append, and route it.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 <endpoint>:<external id> · 3 fingerprint of the body · 4 ms to remember it · 5 endpoint
--          6 <channel>:<address> · 7 verified|plain|doubted, or proven: only its contact can have the reference
--          8 conversation of the reference or '' · 9 id for a new contact · 10 id for a new conversation
--          11 message id · 12 message JSON · 13 contact name or '' · 14 about JSON · 15 reopen within ms
--          16 <queue>/<channel>/<priority>/<paused_at> of the conversation for which are worked out: 17 and 18 JSON
--          of the fields to change if somebody waits anew, and if the resolution clock rested · 19 how far its folder
--          is read, or '' · 20 any|open|none, see `router.message.Join` · 21 1 if one that opens is acknowledged
--          22… field, value pairs of a new conversation; none if it is thought to be known
-- Replies: ok cv ct number opened|joined|woken|reopened queue priority · duplicate <what it became> · key_reused
--          foreign · unknown_class · targets queue channel priority paused_at since used (work these out and repeat)
-- Journal: ConversationOpened or ConversationReopened or ConversationWoken, MessageReceived, then of the match
-- @include base journal history position destination silence contact
local seen = P .. 'seen:' .. ARGV[2]
local before = call('GET', seen)
if before then
  advance()
  if string.match(before, '%S+$') ~= ARGV[3] then return { 'key_reused' } end
  return { 'duplicate', before }
end

if ARGV[8] ~= '' and conversation(ARGV[8]).contact ~= contact then return { 'foreign' } end
local it, fresh = find(), {}
for i = 22, #ARGV, 2 do fresh[ARGV[i]] = ARGV[i + 1] end
if not it and (not fresh.base or call('SISMEMBER', P .. 'classes', fresh.base) == 0) then return { 'unknown_class' } end

-- Somebody waits anew, and the resolution clock runs again: both need the calendar of its queue.
local ended = it and (it.state == 'closed' or it.state == 'wrap_up')
local in_line = it and (it.state == 'waiting' or it.state == 'offered')
local waits_anew = ended or (it and it.answered == '1' and not (in_line and (it.due_first or it.due_next)))
local paused_at = it and it.paused_at or ''
local asks = waits_anew or (paused_at ~= '' and num(policy(it), 'resolution_ms') > 0)
if asks and table.concat({ it.queue, it.channel, it.priority, paused_at }, '/') ~= ARGV[16] then
  local since, used = it.resolution_since or '', it.resolution_used or '0'
  return { 'targets', it.queue, it.channel, it.priority, paused_at, since, used }
end

local function receive()
  set(it, { answered = false, paused_at = false })
  end_timer('idle', it, 'idle_at')
  end_silence(it)
  local moved = answer_to(it)
  local number = append(it, ARGV[12])
  advance()
  call('SET', seen, table.concat({ it.id, contact, ARGV[11], number, ARGV[3] }, ' '), 'PX', ARGV[4])
  event('MessageReceived', it, it.holder or nil, message_data(ARGV[12], number, moved))
  return number
end

-- The busiest case: one more message of a conversation that stays where it is.
if it and not asks and (in_line
  or (it.state == 'assigned' and call('HGET', ASSOCIATE .. it.holder, 'presence') ~= 'offline')) then
  return commit(it.id, contact, receive(), 'joined', it.queue, it.priority)
end

-- @include lane capacity kept line targets match bind place lowest fill wake
if not ct then make_contact() end
if not it then
  it = conversation(ARGV[10])
  fresh.contact, fresh.opened_at, fresh.arrived_at, fresh.resolution_since, fresh.version = contact, now, now, now, 0
  fresh.follows = ARGV[8] ~= '' and ARGV[8] or nil
  set(it, fresh)
  retarget(it)
  call('SET', P .. 'about:' .. it.id, ARGV[14])
  call('ZADD', P .. 'open', now, it.id)
  call('ZADD', P .. 'talks:' .. contact, now, it.id)
  call('HSET', P .. 'talk:' .. contact, ARGV[5], it.id)
  if ARGV[21] == '1' then timer('ack', it.id, now) end
  event('ConversationOpened', it, nil, '{"channel":"' .. it.channel .. '","about":' .. ARGV[14] .. '}')
elseif asks then
  resume(it, waits_anew and ARGV[17], (ended or paused_at ~= '') and ARGV[18])
  reorder(it)
  if it.state == 'waiting' then call('ZADD', P .. 'arrived:' .. it.queue, it.arrived_at, it.id) end
end
local number = receive()
local how = continue(it)
settle()
return commit(it.id, contact, number, how, it.queue, it.priority)
