-- What refuses before anything is written.
local function check_open(c, version)
  if not c.exists then return { 'missing' } end
  if c.merged_into then return { 'merged' } end
  if c.state == 'closed' then return { 'closed' } end
  if version and version ~= '' and version ~= c.version then return { 'stale', c.version } end
end

local function check_offer(c, who, offer)
  if not c.exists then return { 'missing' } end
  if c.state ~= 'offered' or c.offer ~= offer or (who ~= '' and c.holder ~= who) then return { 'gone' } end
end
