-- Contacts that turn out to be one person. What the merged one had stays in its record, so that it can be undone.
local JOIN_MAX = 1000 -- conversations that change their contact in one step
local contacts = {}

local function contact_of(id) return record(contacts, P .. 'contact:', id) end

local function each_address(r, act)
  local found = {}
  for field, value in pairs(r) do
    if string.sub(field, 1, 2) == 'a:' and value then found[#found + 1] = { field, value } end
  end
  for _, it in ipairs(found) do act(string.sub(it[1], 3), it[1], it[2]) end
end

local function is_too_much(id) return call('ZCARD', P .. 'talks:' .. id) > JOIN_MAX end

local function join_contacts(into, from)
  local a, b = contact_of(into), contact_of(from)
  each_address(b, function(name, field, value)
    call('SET', P .. 'address:' .. name, into)
    set(a, { [field] = value })
  end)
  for _, id in ipairs(call('ZRANGE', P .. 'talks:' .. from, 0, -1)) do set(conversation(id), { contact = into }) end
  call('ZUNIONSTORE', P .. 'talks:' .. into, 2, P .. 'talks:' .. into, P .. 'talks:' .. from, 'AGGREGATE', 'MAX')
  for endpoint, id in pairs(hash(P .. 'talk:' .. from)) do
    local was = call('HGET', P .. 'talk:' .. into, endpoint)
    set(b, { ['t:' .. endpoint] = was })
    if not was or id > was then call('HSET', P .. 'talk:' .. into, endpoint, id) end
  end
  if b.name and not a.name then set(a, { name = b.name }) end
  set(a, { version = num(a, 'version') + 1 })
  set(b, { merged_into = into, merged_at = now, version = num(b, 'version') + 1 })
  call('ZREM', P .. 'contacts', from)
  event('ContactsMerged', nil, nil, cjson.encode({ contact = into, merged = from }))
end

-- Conversations of a merged contact: those that it had, and those that its addresses opened since.
local function theirs(b, into)
  local ids = call('ZRANGE', P .. 'talks:' .. b.id, 0, -1)
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'talks:' .. into, '(' .. b.merged_at, '+inf')) do
    local c = conversation(id)
    if b['a:' .. c.channel .. ':' .. (c.doubted and '?' or '') .. c.address] then ids[#ids + 1] = id end
  end
  return ids
end

local function part_contacts(from)
  local b = contact_of(from)
  local a = contact_of(b.merged_into)
  for _, id in ipairs(theirs(b, a.id)) do
    local c = conversation(id)
    call('ZREM', P .. 'talks:' .. a.id, id)
    if c.exists then
      set(c, { contact = from })
      call('ZADD', P .. 'talks:' .. from, num(c, 'opened_at'), id)
    else -- it was erased
      call('ZREM', P .. 'talks:' .. from, id)
    end
  end
  for endpoint, id in pairs(hash(P .. 'talk:' .. a.id)) do
    if conversation(id).contact == from then
      local was = b['t:' .. endpoint]
      call('HSET', P .. 'talk:' .. from, endpoint, id)
      if was and conversation(was).exists then call('HSET', P .. 'talk:' .. a.id, endpoint, was)
      else call('HDEL', P .. 'talk:' .. a.id, endpoint) end
    end
    set(b, { ['t:' .. endpoint] = false })
  end
  each_address(b, function(name, field)
    call('SET', P .. 'address:' .. name, from)
    set(a, { [field] = false })
  end)
  set(a, { version = num(a, 'version') + 1 })
  set(b, { merged_into = false, merged_at = false, version = num(b, 'version') + 1 })
  call('ZADD', P .. 'contacts', b.created_at, from)
  event('ContactsParted', nil, nil, cjson.encode({ contact = a.id, parted = from }))
end
