-- Purpose: the associate takes the conversation that they were offered.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 associate · 4 offer number
-- Replies: ok version · gone · missing. Accepting twice is ok.
-- Journal: OfferAccepted
-- @include base journal guard
local c = conversation(ARGV[2])
if c.state == 'assigned' and c.holder == ARGV[3] and c.offer == ARGV[4] then return { 'ok', c.version } end
local refused = check_offer(c, ARGV[3], ARGV[4])
if refused then return refused end
if now >= num(c, 'offer_until') then return { 'gone' } end
set(c, { state = 'assigned', offer_until = false, version = num(c, 'version') + 1 })
set(associate(ARGV[3]), { missed_offers = false })
untimer('offer', c.id)
event('OfferAccepted', c, ARGV[3], '{"offer":' .. ARGV[4] .. ',"version":' .. c.version .. '}')
return commit(c.version)
