-- How far the reader of a mailbox has got, kept in the same step as what it read. It goes back only with a new
-- generation, when the mailbox has numbered its mails anew.
local function advance_to(position)
  local reader, generation, number = string.match(position, '^(%S+) (%d+) (%d+)$')
  if not reader then return end
  local known = hash(P .. 'reader:' .. reader)
  if known.generation == generation and tonumber(known.number) >= tonumber(number) then return end
  call('HSET', P .. 'reader:' .. reader, 'generation', generation, 'number', number, 'at', now)
end

local function advance() advance_to(ARGV[19]) end
