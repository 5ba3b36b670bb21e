-- Lanes: the channels, and what of an associate's capacity each may use.
local CHANNELS = { 'api', 'chat', 'email', 'sms' }
local LANES = { 'api', 'chat', 'email', 'sms', 'api!', 'chat!', 'email!', 'sms!' }

local function cost_of(channel) return tonumber(params()['cost:' .. channel]) or 1 end

-- A lane is a channel, or its urgent side, written channel!, which may use the capacity that is reserved for it.
local function lanes()
  return num(params(), 'reserve') == 0 and CHANNELS or LANES
end

local function lane_of(c) return c.urgent and c.channel .. '!' or c.channel end
local function channel_of(lane) return (string.gsub(lane, '!', '')) end

local function budget(a, lane)
  return num(a, 'capacity') - (string.sub(lane, -1) == '!' and 0 or num(params(), 'reserve'))
end
