-- The ledger's one way to move recipients; put in front of every script that does.
-- A ledger byte is 0x40 + 16 * channel + state: the state is the low nibble, and the byte is its counter's name.
local PENDING, SENDING, SENT, FAILED, IN_DOUBT, SKIPPED, CANCELLED, DELIVERED, UNDELIVERED, READ = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
local CHANNEL_BASES = { 0x40, 0x50, 0x60 }

-- Redis's own clock, in microseconds since the Unix epoch: the only clock that scripts know.
local function now_us()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- How many things that happened to a campaign are kept.
local MOST_EVENTS = 30

-- Notes for people what happened to a campaign, newest first, a line each: when (us), and what. The record itself holds
-- it, so that it is read along with everything else.
local function note_event(campaign, now, what)
  local lines, kept = { string.format('%.0f ', now) .. string.gsub(what, '%c', ' ') }, 1
  for line in string.gmatch(redis.call('HGET', campaign, 'events') or '', '[^\n]+') do
    if kept == MOST_EVENTS then break end
    kept = kept + 1
    lines[kept] = line
  end
  redis.call('HSET', campaign, 'events', table.concat(lines, '\n'))
end

-- A claim's id: who holds it, and since when.
local function claim_by(claimer, now) return string.format('%s|%.0f', claimer, now) end

-- Who holds the claim of a recipient, and since when (us). One that nobody noted is as old as can be.
local function claim_of(claims, index)
  local claim = redis.call('HGET', claims, index)
  local claimer, at = string.match(claim or '', '^(.*)|(%d+)$')
  return claimer, tonumber(at or 0)
end

-- Moves every recipient of a stretch of the ledger whose state `to_of[state]` names, counters included.
-- first: index of the first recipient; bytes: the stretch as read; to_of(i, state): its new state or nil.
local function rewrite(ledger, progress, first, bytes, to_of)
  local changed, deltas = {}, {}
  for i = 1, #bytes do
    local byte = string.byte(bytes, i)
    local state = byte % 16
    local to = to_of(i, state)
    if to and to ~= state then
      local new = byte - state + to
      deltas[byte] = (deltas[byte] or 0) - 1
      deltas[new] = (deltas[new] or 0) + 1
      byte = new
    end
    changed[i] = string.char(byte)
  end
  if next(deltas) then
    redis.call('SETRANGE', ledger, first, table.concat(changed))
    for byte, delta in pairs(deltas) do
      if delta ~= 0 then redis.call('HINCRBY', progress, string.char(byte), delta) end
    end
  end
end

-- Notes a batch as done where nobody in it is pending or sending.
local function note_if_done(ledger, done_batches, batch, size)
  local bytes = redis.call('GETRANGE', ledger, batch * size, (batch + 1) * size - 1)
  for i = 1, #bytes do
    if string.byte(bytes, i) % 16 <= SENDING then return end
  end
  redis.call('SETBIT', done_batches, batch, 1)
end

-- How many recipients stand in a state, over all channels.
local function count_of(progress, state)
  local count = 0
  for _, base in ipairs(CHANNEL_BASES) do
    count = count + tonumber(redis.call('HGET', progress, string.char(base + state)) or 0)
  end
  return count
end

-- Completes a campaign in which nobody is pending or sending any more. Answers whether it did.
local function complete_if_done(campaign, progress)
  local status = redis.call('HGET', campaign, 'status')
  if status ~= 'running' and status ~= 'paused' then return false end
  if count_of(progress, PENDING) > 0 or count_of(progress, SENDING) > 0 then return false end
  redis.call('HSET', campaign, 'status', 'completed', 'finished_us', string.format('%.0f', now_us()))
  redis.call('HDEL', campaign, 'reason')
  note_event(campaign, now_us(), 'completed')
  return true
end
