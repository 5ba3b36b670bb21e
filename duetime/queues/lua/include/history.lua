-- The messages of a conversation. text: the JSON of a router.message.Message without its number.
local function append(c, text)
  local number = call('RPUSH', P .. 'messages:' .. c.id, text)
  set(c, { messages = number, last_message_at = now })
  return number
end

local function message_data(text, number) return '{"number":' .. number .. ',"message":' .. text .. '}' end
