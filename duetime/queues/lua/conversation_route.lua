-- Purpose: put an open conversation on a line: the next step of its route, another queue or person, or the line again
--   because its associate left or did not answer.
-- KEYS:    1 {workspace}
-- ARGV:    1 now · 2 cv · 3 version or '' · 4 step|transferred|unassigned|reassigned|rerouted|escalated · 5 line
--          6 class of the line (the base class for a personal line) · 7 step until (ms) or '' · 8 briefing JSON or ''
--          9 event data JSON · 10 JSON of the fields to change; '' removes one
-- Replies: ok version · missing · merged · closed · stale version · unknown_class
--          gone (unassigned: the associate is back; a target's action: it was carried out, or the target was met)
-- Journal: ConversationTransferred or ConversationUnassigned, NoteAdded, then of the match
-- @include base journal guard lane capacity kept line targets match bind place lowest fill history wake presence
local c = conversation(ARGV[2])
local refused = check_open(c, ARGV[3])
if refused then return refused end
if ARGV[4] == 'unassigned' and not (c.reassign_at and now >= num(c, 'reassign_at')) then return { 'gone' } end
local fields = cjson.decode(ARGV[10])
if fields.done and not is_pending(c, fields.done) then return { 'gone' } end
if call('SISMEMBER', P .. 'classes', ARGV[6]) == 0 then return { 'unknown_class' } end
local holder = c.holder
take_out(c)
if holder then cool(c, associate(holder)) end
-- Who is asked for by name is asked, even if they declined it a moment ago.
if is_personal(ARGV[5]) then call('ZREM', P .. 'cool:' .. c.id, string.match(ARGV[5], '^@([^/]+)')) end
set(c, { line = ARGV[5], step_until = tonumber(ARGV[7]) or false, unplaced = false })
change(c, fields)
if ARGV[8] ~= '' then
  event('NoteAdded', c, holder or nil, message_data(ARGV[8], append(c, ARGV[8])))
end
local told = { transferred = 'ConversationTransferred', escalated = 'ConversationTransferred',
  unassigned = 'ConversationUnassigned', reassigned = 'ConversationUnassigned' }
if told[ARGV[4]] then event(told[ARGV[4]], c, holder or nil, ARGV[9]) end
place(c, ARGV[4])
settle()
return commit(c.version)
