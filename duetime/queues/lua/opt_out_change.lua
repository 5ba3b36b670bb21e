-- Purpose: a contact wants no more messages from one of our numbers, or wants them again. Once, however often it is
--   told; whoever has their open conversation there reads it in a note.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 endpoint · 3 <channel>:<address> · 4 out|in · 5 JSON of who, when and why · 6 note JSON
--          7 <endpoint>:<external id> of the message that says it, or '' · 8 ms to remember that
-- Replies: ok · same (it was so before) · duplicate (that message was taken already)
-- Journal: NoteAdded, then OptedOut or OptedIn
-- @include base journal history destination
local endpoint, address, out = ARGV[2], ARGV[3], ARGV[4] == 'out'
local said = ARGV[7] ~= '' and P .. 'seen:' .. ARGV[7]
if said and call('EXISTS', said) == 1 then return { 'duplicate' } end
local out_of, before = P .. 'optouts:' .. endpoint
before = call('HEXISTS', out_of, address) == 1
if before == out then
  -- To stop twice is to stop; a word that starts nothing is a message like any other.
  if out and said then call('SET', said, 'word', 'PX', ARGV[8]) end
  return { 'same' }
end
if out then call('HSET', out_of, address, ARGV[5]) else call('HDEL', out_of, address) end
if said then call('SET', said, 'word', 'PX', ARGV[8]) end
local ct = call('GET', P .. 'address:' .. address)
local newest = ct and call('HGET', P .. 'talk:' .. ct, endpoint)
local c = newest and standing_for(conversation(newest))
if c and (not c.exists or c.state == 'closed') then c = nil end
local who = c and c.holder or nil
if c then event('NoteAdded', c, who, message_data(ARGV[6], append(c, ARGV[6]))) end
local data = '{"endpoint":' .. cjson.encode(endpoint) .. ',"address":' .. cjson.encode(address)
  .. ',"told":' .. ARGV[5] .. '}'
event(out and 'OptedOut' or 'OptedIn', c, who, data)
return commit()
