-- Purpose: messages that no client of the contact fetched in good time are brought to them another way.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 JSON {channel, endpoint, address} · 4… numbers of messages of ours, in their order
-- Replies: ok how many · missing · gone (not due)
-- Journal: DeliveryChanged of each
-- @include base journal outbox
local c = conversation(ARGV[2])
if not c.exists then return { 'missing' } end
if not c.unseen_at or now < num(c, 'unseen_at') then return { 'gone' } end
local to, count = cjson.decode(ARGV[3]), 0
for i = 4, #ARGV do
  if tonumber(ARGV[i]) > num(c, 'delivered') and not delivery(c, ARGV[i]) then
    enqueue(to, c, ARGV[i])
    count = count + 1
  end
end
end_timer('unseen', c, 'unseen_at')
return commit(count)
