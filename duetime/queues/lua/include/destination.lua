-- Where answers go, and which conversation stands for one that was merged.
local function destination(c)
  return c.to_channel or c.channel, c.to_endpoint or c.endpoint, c.to_address or c.address
end

local function standing_for(c)
  for _ = 1, 10 do
    if not c.merged_into then return c end
    c = conversation(c.merged_into)
  end
  return c
end
