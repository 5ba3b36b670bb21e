-- How far a folder of a mailbox is read, kept in the same step as what it read. It goes back only with a new
-- generation, when the mailbox has numbered its mails anew.
local function advance_to(position)
  local folder, generation, number = string.match(position, '^(%S+) (%d+) (%d+)$')
  if not folder then return end
  local known = hash(P .. 'position:' .. folder)
  if known.generation == generation and tonumber(known.number) >= tonumber(number) then return end
  call('HSET', P .. 'position:' .. folder, 'generation', generation, 'number', number, 'at', now)
end

local function advance() advance_to(ARGV[19]) end
