-- Purpose: an offer ends without being accepted: back to the line with its arrival and rank, to somebody else.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 associate or '' · 4 offer number · 5 declined|expired · 6 reason as JSON string
-- Replies: ok · gone · early · missing
-- Journal: OfferDeclined or OfferExpired, then of the match; PresenceChanged when too many expired in a row
-- @include base journal guard lane capacity kept line targets match bind place lowest fill wake presence
local c = conversation(ARGV[2])
local refused = check_offer(c, ARGV[3], ARGV[4])
if refused then return refused end
local expired = ARGV[5] == 'expired'
if expired and now < num(c, 'offer_until') then return { 'early' } end
local a = unbind(c)
cool(c, a)
event(expired and 'OfferExpired' or 'OfferDeclined', c, a.id, '{"offer":' .. ARGV[4] .. ',"reason":' .. ARGV[6] .. '}')
if is_personal(c.line) then to_route(c) end
local missed = expired and num(a, 'missed_offers') + 1 or 0
if missed >= (tonumber(params().missed_max) or 3) then
  set(a, { missed_offers = false, wanted = 'away' })
  change_presence(a, 'away', 'missed_offers', c)
else
  set(a, { missed_offers = missed > 0 and missed })
  place_again(c, ARGV[5])
end
settle()
return commit()
