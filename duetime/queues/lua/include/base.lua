-- Records as tables that remember what changed, and the names of keys. The schema is in queues/keys.py.
-- Every script: KEYS[1] = {workspace}, ARGV[1] = now in ms.
local call = redis.call
local P = KEYS[1] .. ':'
local now = tonumber(ARGV[1])
local CONV, ASSOCIATE, HELD, LINE = P .. 'conv:', P .. 'associate:', P .. 'held:', P .. 'line:'
local conversations, associates, changed = {}, {}, {}
local params_read
local policies = {}

local function hash(key)
  local flat, fields = call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function params()
  params_read = params_read or hash(P .. 'params')
  return params_read
end

-- A record is read once per script; it is an empty table without `exists` when there is none.
local function record(cache, prefix, id)
  local r = cache[id]
  if not r then
    r = hash(prefix .. id)
    r.exists = next(r) ~= nil
    r.id, r.key, r.dirty = id, prefix .. id, {}
    cache[id] = r
  end
  return r
end

local function conversation(id) return record(conversations, CONV, id) end
local function associate(id) return record(associates, ASSOCIATE, id) end

-- Changes fields of a record; false removes a field. Nothing is written before save_all.
local function set(r, fields)
  if not next(r.dirty) then changed[#changed + 1] = r end
  for field, value in pairs(fields) do
    if value or r[field] then
      r[field] = value
      r.dirty[field] = value
    end
  end
end

local function num(r, field) return tonumber(r[field]) or 0 end

-- The policy of a conversation's queue, channel and priority, as the configuration in force has it.
local function policy(c)
  local name = c.queue .. '/' .. c.channel .. '/' .. c.priority
  policies[name] = policies[name] or hash(P .. 'policy:' .. name)
  return policies[name]
end

local function save_all()
  for _, r in ipairs(changed) do
    local put, drop = { 'HSET', r.key }, { 'HDEL', r.key }
    for field, value in pairs(r.dirty) do
      if value == false then drop[#drop + 1] = field
      else put[#put + 1] = field; put[#put + 1] = value end
    end
    if #put > 2 then call(unpack(put)) end
    if #drop > 2 then call(unpack(drop)) end
    r.dirty = {}
  end
  changed = {}
end
