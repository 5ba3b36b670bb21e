-- What happens when the contact says nothing after an answer: they are reminded, in the end the conversation closes,
-- and what their client did not fetch is brought to them another way.
local SILENCE = { remind = 'remind_at', silence = 'silence_at' }

local function begin_silence(c, unseen_ms)
  for kind, field in pairs(SILENCE) do
    local ms = num(policy(c), kind .. '_ms')
    if ms > 0 then
      set(c, { [field] = now + ms })
      timer(kind, c.id, c[field])
    else
      end_timer(kind, c, field)
    end
  end
  if unseen_ms > 0 and not c.unseen_at then
    set(c, { unseen_at = now + unseen_ms })
    timer('unseen', c.id, c.unseen_at)
  end
end

local function end_silence(c)
  for kind, field in pairs(SILENCE) do end_timer(kind, c, field) end
end

-- Whether its time is over, and it is still the contact whose turn it is.
local function is_silent(c, field)
  local resting = c.state == 'assigned' or (c.state == 'parked' and c.park_reason == 'awaiting_contact')
  return resting and c.answered == '1' and c[field] ~= nil and now >= num(c, field)
end
