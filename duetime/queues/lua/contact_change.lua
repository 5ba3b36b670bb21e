-- Purpose: change a contact's name or attributes.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 ct · 3 version it must have, or '' · 4 JSON {name, attributes}; null leaves as it is
-- Replies: ok version · missing · stale version
-- Journal: ContactChanged
-- @include base journal
local r = record({}, P .. 'contact:', ARGV[2])
if not r.exists then return { 'missing' } end
if ARGV[3] ~= '' and ARGV[3] ~= r.version then return { 'stale', r.version } end
local change = cjson.decode(ARGV[4])
local fields = { version = num(r, 'version') + 1 }
if change.name ~= cjson.null then fields.name = change.name end
if change.attributes ~= cjson.null then
  for field in pairs(r) do
    if string.sub(field, 1, 2) == 'x:' then fields[field] = false end
  end
  for name, value in pairs(change.attributes) do fields['x:' .. name] = value end
end
set(r, fields)
event('ContactChanged', nil, nil, '{"contact":"' .. r.id .. '","version":' .. r.version .. '}')
return commit(r.version)
