-- Whose message it is, and which of their conversations it joins. Reads the arguments of message_intake.
local ct = call('GET', P .. 'address:' .. ARGV[6])
local contact = ct or ARGV[9]

local function joinable(id)
  local c = conversation(id)
  if not c.exists then return nil end
  if c.state ~= 'closed' or now - num(c, 'closed_at') <= tonumber(ARGV[15]) then return c end
end

local function find()
  if ARGV[20] == 'none' or (ARGV[20] == 'open' and conversation(ARGV[8]).state == 'closed') then return nil end
  local named = ARGV[8] ~= '' and joinable(ARGV[8]) or nil
  if named or not ct then return named end
  local newest = call('HGET', P .. 'talk:' .. ct, ARGV[5])
  local c = newest and joinable(newest)
  if c or ARGV[7] ~= '1' then return c end
  -- What came to two of our mail addresses or numbers stays two.
  local channel = string.match(ARGV[6], '^%a+')
  local apart = channel == 'email' or channel == 'sms'
  for _, id in ipairs(call('ZREVRANGE', P .. 'talks:' .. ct, 0, 9)) do
    local open = conversation(id)
    if open.exists and open.state ~= 'closed' and not (apart and open.channel == channel) then return open end
  end
end

local function make_contact()
  call('SET', P .. 'address:' .. ARGV[6], contact)
  call('HSET', P .. 'contact:' .. contact, 'created_at', now, 'version', 1, 'a:' .. ARGV[6], ARGV[7])
  if ARGV[13] ~= '' then call('HSET', P .. 'contact:' .. contact, 'name', ARGV[13]) end
  call('ZADD', P .. 'contacts', now, contact)
end
