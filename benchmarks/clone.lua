-- Copies everything that the keys say about one conversation, under other ids and at later moments.
-- KEYS: 1 {workspace}   ARGV: 1 first number · 2 how many · 3 JSON {ids, spread_ms, strings, lists, hashes, zsets}
-- The last 12 characters of every id become the number; what is a moment (a number beyond 1e12) moves on by up to
-- spread_ms, in no order.
local call = redis.call
local template = cjson.decode(ARGV[3])

for number = tonumber(ARGV[1]), tonumber(ARGV[1]) + tonumber(ARGV[2]) - 1 do
  local later, tail = number * 7919 % template.spread_ms, string.format('%012d', number)
  local function renamed(text)
    for _, id in ipairs(template.ids) do text = string.gsub(text, id, string.sub(id, 1, -13) .. tail) end
    return text
  end
  local function moved(value)
    local found = tonumber(value)
    return found and found > 1e12 and string.format('%.0f', found + later) or value
  end
  for _, e in ipairs(template.strings) do call('SET', renamed(e[1]), renamed(e[2])) end
  for _, e in ipairs(template.lists) do call('RPUSH', renamed(e[1]), renamed(e[2])) end
  for _, e in ipairs(template.hashes) do
    local fields = { 'HSET', renamed(e[1]) }
    for _, text in ipairs(e[2]) do fields[#fields + 1] = moved(renamed(text)) end
    call(unpack(fields))
  end
  for _, e in ipairs(template.zsets) do call('ZADD', renamed(e[1]), moved(e[3]), renamed(e[2])) end
end
return tonumber(ARGV[2])
