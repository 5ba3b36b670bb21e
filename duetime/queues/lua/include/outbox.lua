-- Messages on their way out: each endpoint has the conversations with something to send, each of those its numbers in
-- order. Only the first of a conversation is under way, so what was written first also leaves first.
local function unsent(endpoint, c) return P .. 'unsent:' .. endpoint .. ':' .. c.id end

local function put_delivery(c, number, it)
  call('HSET', P .. 'delivery:' .. c.id, number, cjson.encode(it))
  event('DeliveryChanged', c, c.holder or nil, cjson.encode({ number = tonumber(number), delivery = it }))
end

local function delivery(c, number)
  local text = call('HGET', P .. 'delivery:' .. c.id, number)
  return text and cjson.decode(text)
end

local function dequeue(endpoint, c, number)
  local waiting, outbox = unsent(endpoint, c), P .. 'outbox:' .. endpoint
  local was_first = call('LINDEX', waiting, 0) == number
  call('LREM', waiting, 1, number)
  if call('EXISTS', waiting) == 0 then call('ZREM', outbox, c.id)
  elseif was_first then call('ZADD', outbox, now, c.id) end
end

-- to: its channel, endpoint and address.
local function enqueue(to, c, number, attempts)
  local first = call('RPUSH', unsent(to.endpoint, c), number) == 1
  if first then call('ZADD', P .. 'outbox:' .. to.endpoint, now, c.id) end
  put_delivery(c, number, { state = 'queued', at = now, queued_at = now, attempts = attempts or 0,
    channel = to.channel, endpoint = to.endpoint, address = to.address })
end

-- What the other side tells of a message. It never goes back: what was delivered or read is not queued or sent again,
-- and what was read did not fail. One that is still to be sent again is not given up for it.
local RANK = { queued = 0, sent = 1, failed = 2, delivered = 3, read = 4 }

local function report(c, number, it, state, reason)
  local queued = it.state == 'queued'
  if RANK[state] <= RANK[it.state] or (queued and state == 'failed') then return end
  local dead = P .. 'dead:' .. it.endpoint
  if state == 'failed' then call('ZADD', dead, now, c.id .. '/' .. number)
  else call('ZREM', dead, c.id .. '/' .. number) end
  if queued then dequeue(it.endpoint, c, number) end
  it.state, it.at, it.next_at, it.reason = state, now, nil, reason ~= '' and reason or nil
  put_delivery(c, number, it)
end
