-- Purpose: who a chat visitor is has been proven: their session and their proven addresses are one contact's. What
--   belongs to another contact stays theirs.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 id for a new contact · 3 session · 4 who the site says it is, <endpoint>/<user>
--          5 JSON list of <channel>:<address> · 6 name or ''
-- Replies: ok ct · foreign (somebody else has used this session)
-- Journal: ContactsMerged when the session had a contact of its own, ContactChanged
-- @include base journal contacts
local session, user = 'chat:' .. ARGV[3], 'chat:@' .. ARGV[4]
local function owner(name) return call('GET', P .. 'address:' .. name) end

local proven = cjson.decode(ARGV[5])
local visitor, contact = owner(session), owner(user)
for _, name in ipairs(proven) do contact = contact or owner(name) end
contact = contact or visitor or ARGV[2]
if visitor and owner(user) ~= visitor then
  local others = 0
  each_address(contact_of(visitor), function(name)
    if string.sub(name, 1, 6) == 'chat:@' then others = others + 1 end
  end)
  if others > 0 or is_too_much(visitor) then return { 'foreign' } end
  if visitor ~= contact then join_contacts(contact, visitor) end
end

local it = contact_of(contact)
if not it.exists then
  set(it, { created_at = now })
  call('ZADD', P .. 'contacts', now, contact)
end
table.insert(proven, 1, user)
table.insert(proven, 1, session)
local is_new = false
for _, name in ipairs(proven) do
  local whose = owner(name)
  if not whose then call('SET', P .. 'address:' .. name, contact) end
  if (whose or contact) == contact and it['a:' .. name] ~= '1' then
    set(it, { ['a:' .. name] = 1 })
    is_new = true
  end
end
if ARGV[6] ~= '' and not it.name then
  set(it, { name = ARGV[6] })
  is_new = true
end
if is_new then
  set(it, { version = num(it, 'version') + 1 })
  event('ContactChanged', nil, nil, '{"contact":"' .. contact .. '","version":' .. it.version .. '}')
end
return commit(contact)
