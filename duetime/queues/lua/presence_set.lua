-- Purpose: what an associate wants to be, and until when a desk or an integration vouches for them. Presence is what
--   they want while somebody vouches, else offline. Also fires when a lease has run out.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 associate · 3 wanted or '' · 4 lease until (ms), '' to keep · 5 reason (a word)
-- Replies: ok presence · missing
-- Journal: PresenceChanged, then OfferRescinded, ConversationQueued and of the match
-- @include base journal lane capacity kept line targets match bind place lowest fill wake presence
local a = associate(ARGV[2])
if not a.exists then return { 'missing' } end
if ARGV[3] ~= '' then set(a, { wanted = ARGV[3], missed_offers = false }) end
if ARGV[4] ~= '' then set(a, { lease_until = ARGV[4] }) end
local vouched = num(a, 'lease_until') > now
if vouched then timer('lease', a.id, num(a, 'lease_until'))
else untimer('lease', a.id) end
change_presence(a, vouched and a.wanted or 'offline', ARGV[5])
settle()
return commit(a.presence)
