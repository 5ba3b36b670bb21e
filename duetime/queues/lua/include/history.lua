-- The messages of a conversation. text: the JSON of a router.message.Message without its number.
local function append(c, text)
  local number = call('RPUSH', P .. 'messages:' .. c.id, text)
  set(c, { messages = number, last_message_at = now })
  return number
end

-- more: further members, as JSON with a comma before each.
local function message_data(text, number, more)
  return '{"number":' .. number .. ',"message":' .. text .. (more or '') .. '}'
end
