-- Purpose: an associate's answer or note, or a notice of the system. An answer starts the wait for the contact.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 associate or '' (the system or a supervisor) · 4 message|note|notice|transcript
--          5 message JSON · 6 message id · 7 id by which a second send is recognised, or '' · 8 ms to remember it
--          9 JSON {channel, endpoint, address} if it goes elsewhere than to where the contact wrote last, or ''
--          10 1 if the timer `remind` asks for it · 11 ms until an answer that no client of the contact fetched is to
--          be brought to them another way, or 0
-- Replies: ok number · duplicate number · missing · merged · closed · not_holder · gone (the timer is not due)
-- Journal: MessageSent or NoteAdded; ConversationParked when the channel releases at once, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill history park outbox
-- @include destination silence
local DELIVERED = { email = true, sms = true } -- router.message.Channel.is_delivered
local c = conversation(ARGV[2])
if not c.exists then return { 'missing' } end
local seen = ARGV[7] ~= '' and P .. 'seen:' .. c.id .. ':' .. ARGV[7]
local before = seen and call('GET', seen)
if before then return { 'duplicate', before } end
local answer, seen_by_contact, elsewhere = ARGV[4] == 'message', ARGV[4] ~= 'note', ARGV[9] ~= ''
if seen_by_contact and not elsewhere then
  local refused = check_open(c)
  if refused then return refused end
end
if answer then
  if ARGV[3] ~= '' and (c.holder ~= ARGV[3] or c.state == 'offered') then return { 'not_holder' } end
end
if ARGV[10] == '1' then
  if not is_silent(c, 'remind_at') then return { 'gone' } end
  end_timer('remind', c, 'remind_at')
end
local number = append(c, ARGV[5])
if seen then call('SET', seen, number, 'PX', ARGV[8]) end
event(seen_by_contact and 'MessageSent' or 'NoteAdded', c, c.holder or nil, message_data(ARGV[5], number))
if seen_by_contact then
  local channel, endpoint, address = destination(c)
  local to = elsewhere and cjson.decode(ARGV[9]) or { channel = channel, endpoint = endpoint, address = address }
  if DELIVERED[to.channel] then enqueue(to, c, number) end
end
if answer then
  set(c, { answered = 1, first_at = c.first_at or now })
  meet(c, 'first', 'next')
  end_timer('reassign', c, 'reassign_at')
  reorder(c)
  begin_silence(c, tonumber(ARGV[11]))
  if c.state == 'assigned' then
    local idle_ms = num(policy(c), 'idle_ms')
    if idle_ms > 0 then
      set(c, { idle_at = now + idle_ms })
      timer('idle', c.id, c.idle_at)
    else
      park(c, 'awaiting_contact')
    end
  end
end
settle()
return commit(number)
