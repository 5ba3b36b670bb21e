-- Whose message it is, and which of their conversations it joins. Reads the arguments of message_intake.
local wrote_on, wrote_from = string.match(ARGV[6], '^(%a+):(.*)$')
local known_as = ARGV[7] == 'doubted' and wrote_on .. ':?' .. wrote_from or ARGV[6]
local ct = ARGV[7] == 'proven' and conversation(ARGV[8]).contact or call('GET', P .. 'address:' .. known_as)
local contact = ct or ARGV[9]

local function joinable(id)
  local c = standing_for(conversation(id))
  if not c.exists or c.erasing then return nil end
  if c.state ~= 'closed' or now - num(c, 'closed_at') <= tonumber(ARGV[15]) then return c end
end

local function find()
  if ARGV[20] == 'none' then return nil end
  if ARGV[20] == 'open' and standing_for(conversation(ARGV[8])).state == 'closed' then return nil end
  local named = ARGV[8] ~= '' and joinable(ARGV[8]) or nil
  if named or not ct then return named end
  local newest = call('HGET', P .. 'talk:' .. ct, ARGV[5])
  local c = newest and joinable(newest)
  if c or ARGV[7] ~= 'verified' then return c end
  -- What came to two of our mail addresses or numbers stays two.
  local apart = wrote_on == 'email' or wrote_on == 'sms'
  for _, id in ipairs(call('ZREVRANGE', P .. 'talks:' .. ct, 0, 9)) do
    local open = conversation(id)
    local there = open.channel == wrote_on or open.to_channel == wrote_on
    if open.exists and open.state ~= 'closed' and not (apart and there) then return open end
  end
end

local function make_contact()
  call('SET', P .. 'address:' .. known_as, contact)
  call('HSET', P .. 'contact:' .. contact, 'created_at', now, 'version', 1, 'a:' .. known_as,
    ARGV[7] == 'verified' and 1 or 0)
  if ARGV[13] ~= '' then call('HSET', P .. 'contact:' .. contact, 'name', ARGV[13]) end
  call('ZADD', P .. 'contacts', now, contact)
end

-- Answers go to where the contact wrote last, and the event says so when that is another place than before. Which of
-- our addresses it was counts only where it is another channel or another address of theirs.
local function answer_to(c)
  local on, at, to = destination(c)
  if to == wrote_from and on == wrote_on then return end
  set(c, { to_channel = wrote_on, to_endpoint = ARGV[5], to_address = wrote_from })
  local chat = 'chat:' .. wrote_from
  if wrote_on == 'chat' and wrote_from ~= c.address and not c[chat] then set(c, { [chat] = num(c, 'messages') }) end
  if at ~= ARGV[5] then call('HSET', P .. 'talk:' .. contact, ARGV[5], c.id) end
  return ',"moved_to":' .. cjson.encode({ channel = wrote_on, endpoint = ARGV[5], address = wrote_from })
end
