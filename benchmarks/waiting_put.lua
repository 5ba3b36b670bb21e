-- Fills lines in bulk with what message_intake would have left there when nobody was routable.
-- KEYS: 1 {workspace}   ARGV: 1 now · 2 first number · 3 how many · 4 about JSON · 5 message JSON · 6 JSON [fields..],
-- the policies that take turns
local policies = cjson.decode(ARGV[6])
for number = tonumber(ARGV[2]), tonumber(ARGV[2]) + tonumber(ARGV[3]) - 1 do
  local c = conversation(string.format('cv_%020d', number))
  -- Arrivals lie up to an hour back in no order, so that what comes later enters anywhere in the line.
  local arrived = now - (number * 7919) % 3600000
  set(c, policies[1 + number % #policies])
  set(c, { state = 'waiting', contact = string.format('ct_%020d', number), address = 'w' .. number, version = 1,
    messages = 1, last_message_at = arrived, opened_at = arrived, arrived_at = arrived, events = 3,
    due_at = arrived + num(c, 'due_ms'), risk_at = arrived + num(c, 'due_ms'), line = c.base })
  call('SET', P .. 'about:' .. c.id, ARGV[4])
  call('RPUSH', P .. 'messages:' .. c.id, ARGV[5])
  call('ZADD', P .. 'open', arrived, c.id)
  call('ZADD', P .. 'contacts', arrived, c.contact)
  call('HSET', P .. 'contact:' .. c.contact, 'created_at', arrived, 'version', 1, 'a:email:' .. c.address, 0)
  call('SET', P .. 'address:email:' .. c.address, c.contact)
  call('HSET', P .. 'talk:' .. c.contact, c.endpoint, c.id)
  call('ZADD', P .. 'talks:' .. c.contact, arrived, c.id)
  enter_line(c)
end
return commit()
