-- Purpose: take one message of a contact: de-duplicate, resolve the contact, join, wake, reopen or open a
--   conversation, append, and route it.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 <endpoint>:<external id> · 3 fingerprint of the body · 4 ms to remember it · 5 endpoint
--          6 <channel>:<address> · 7 verified 0/1 · 8 conversation of a proven reference or '' · 9 id for a new contact
--          10 id for a new conversation · 11 message id · 12 message JSON · 13 contact name or '' · 14 about JSON
--          15 reopen within ms · 16 <queue>/<channel>/<priority>/<paused_at> of the conversation for which are worked
--          out: 17 and 18 JSON of the fields to change if somebody waits anew, and if the resolution clock rested
--          19… field, value pairs of a new conversation
-- Replies: ok cv ct number opened|joined|woken|reopened queue priority · duplicate <what it became> · key_reused
--          foreign · unknown_class · targets queue channel priority paused_at since used (work these out and repeat)
-- Journal: ConversationOpened or ConversationReopened or ConversationWoken, MessageReceived, then of the match
-- @include base journal lane capacity kept line targets match bind place lowest fill history wake contact
local seen = P .. 'seen:' .. ARGV[2]
local before = call('GET', seen)
if before then
  if string.match(before, '%S+$') ~= ARGV[3] then return { 'key_reused' } end
  return { 'duplicate', before }
end

if ARGV[8] ~= '' and conversation(ARGV[8]).contact ~= contact then return { 'foreign' } end
local c, fresh = find(), {}
for i = 19, #ARGV, 2 do fresh[ARGV[i]] = ARGV[i + 1] end
if not c and call('SISMEMBER', P .. 'classes', fresh.base) == 0 then return { 'unknown_class' } end

-- Somebody waits anew, and the resolution clock runs again: both need the calendar of the conversation's queue.
local ended = c and (c.state == 'closed' or c.state == 'wrap_up')
local in_line = c and (c.state == 'waiting' or c.state == 'offered')
local waits_anew = ended or (c and c.answered == '1' and not (in_line and (c.due_first or c.due_next)))
local paused_at = c and c.paused_at or ''
local asks = waits_anew or (paused_at ~= '' and num(policy(c), 'resolution_ms') > 0)
if asks then
  if table.concat({ c.queue, c.channel, c.priority, paused_at }, '/') ~= ARGV[16] then
    return { 'targets', c.queue, c.channel, c.priority, paused_at, c.resolution_since or '', c.resolution_used or '0' }
  end
end

if not ct then make_contact() end
if not c then
  c = conversation(ARGV[10])
  fresh.contact, fresh.opened_at, fresh.version = contact, now, 0
  fresh.follows = ARGV[8] ~= '' and ARGV[8] or nil
  fresh.arrived_at, fresh.resolution_since = now, now
  set(c, fresh)
  retarget(c)
  call('SET', P .. 'about:' .. c.id, ARGV[14])
  call('ZADD', P .. 'open', now, c.id)
  call('ZADD', P .. 'talks:' .. contact, now, c.id)
  call('HSET', P .. 'talk:' .. contact, ARGV[5], c.id)
  event('ConversationOpened', c, nil, '{"channel":"' .. c.channel .. '","about":' .. ARGV[14] .. '}')
elseif asks then
  resume(c, waits_anew and ARGV[17], (ended or paused_at ~= '') and ARGV[18])
  reorder(c)
  if c.state == 'waiting' then call('ZADD', P .. 'arrived:' .. c.queue, c.arrived_at, c.id) end
end
set(c, { paused_at = false })
set(c, { answered = false })
end_timer('idle', c, 'idle_at')
local number = append(c, ARGV[12])
call('SET', seen, table.concat({ c.id, contact, ARGV[11], number, ARGV[3] }, ' '), 'PX', ARGV[4])
event('MessageReceived', c, c.holder or nil, message_data(ARGV[12], number))
local how = continue(c)
settle()
return commit(c.id, contact, number, how, c.queue, c.priority)
