-- The campaign's token bucket as a reservation (GCRA); put in front of every script that reserves, behind `pace.lua`
-- and `beat.lua`.
-- The campaign keeps its last reserved slot, not the next one, so a new rate holds from the very next slot.

-- No slot is reserved further ahead: what is reserved is still sent after a pause, a new rate or a crash.
local HORIZON_US = 200000
-- After a gap, the first slot lies this far ahead: the answer arrives, and its message is made ready, before it.
local START_US = 25000
-- One worker at a time, the holder, reserves that far ahead, so that the message behind a late one is mostly the same
-- worker's, which knows of it. Others reserve no further than this, and only where the holder is silent or behind.
local OTHERS_US = 60000
-- A holder that has not reserved for so long has nobody left to send to, or is gone.
local SILENT_US = 100000
-- Whoever comes after another one is told until when that one's last messages leave: so much later than their slots as it
-- said when it reserved, and, since it may have been held up in the meantime, as much again and this, but never more than
-- messages are late (`shaper.rs`).
local LATER_US, LATEST_US = 5000, 40000
-- A holder that was last so far ahead so long ago does not keep up: others help.
local AHEAD_US, BEHIND_US = 150000, 1000000
-- A holder's term, so that the others' batches do not wait for the end of a long campaign. After it the holder reserves a
-- little less far than others do, and has another term if there are none.
local TERM_US, AFTER_TERM_US = 30000000, 50000
-- Who may not help is not to ask all the time.
local ASK_AGAIN_US = 10000
-- A lease is about this much of the rate, and at least one slot.
local LEASE_US = 20000
-- Slots that passed while a worker stood still are made up for, but so slowly that no second shows it: by this share of
-- the rate, and never more than this much of it.
local CATCH_UP, MOST_OWED_US = 0.008, 1000000

-- What a worker may reserve, and as what: how far ahead, not at all, as the holder since when, and after a holder whose
-- messages are how late in us. `fields` are the campaign's holder, held_since_us, leased_us, ahead_us and lag_us.
local function role_of(worker, now, fields)
  local holder, since, leased, ahead = fields[1], tonumber(fields[2]), tonumber(fields[3]), tonumber(fields[4])
  if not holder then return { horizon = OTHERS_US, since = now, ahead = now } end
  local is_over = now - since >= TERM_US
  if holder == worker then
    return { horizon = is_over and AFTER_TERM_US or HORIZON_US, since = is_over and now or since, ahead = ahead }
  end
  local lag = tonumber(fields[5])
  if is_over or now - leased > SILENT_US then return { horizon = OTHERS_US, since = now, ahead = now, lag = lag } end
  return { horizon = OTHERS_US, lag = lag, is_left_out = now - ahead <= BEHIND_US }
end

-- Reserves up to `want` slots for a worker whose messages leave `lag` us after their slots. Answers verdict, first slot or
-- time to ask again (us), interval (us), number of slots, and with slots whether the provider is strict and how long in us
-- after the first slot the messages of another worker leave; verdict is 'slots', 'wait', or the campaign's status where
-- that is not running ('gone' if there is no campaign).
local function reserve(campaign, worker, lag, want)
  local fields = redis.call('HMGET', campaign, 'holder', 'held_since_us', 'leased_us', 'ahead_us', 'lag_us',
    'status', 'tps', 'last_slot_us', 'too_fast', 'throttled_us', 'owed_slots', 'strict_us')
  local status = fields[6]
  if status ~= 'running' then return status or 'gone', 0, 0, 0 end
  local now = now_us()
  local tps = tonumber(fields[7])
  local rate = rate_at(now, tps, tonumber(fields[9]), tonumber(fields[10]))
  local interval = 1000000 * STRETCH / rate
  local owed = math.min(tonumber(fields[11] or 0), MOST_OWED_US / interval)
  local is_strict = now - tonumber(fields[12] or 0) < STRICT_US
  -- A provider that throttles of late would throttle what is caught up.
  local catches_up = owed > 0 and rate == tps and not is_strict
  if catches_up then interval = interval / (1 + CATCH_UP) end
  local role = role_of(worker, now, fields)
  local next_slot = tonumber(fields[8] or 0) + interval
  local first = math.max(now + START_US, next_slot)
  local ask_again = first - role.horizon
  if role.is_left_out then ask_again = math.max(ask_again, now + ASK_AGAIN_US) end
  if ask_again > now then return 'wait', ask_again, interval, 0 end
  local slots = math.min(want, math.max(1, math.floor(LEASE_US / interval)))
  local changes = { 'last_slot_us', string.format('%.3f', first + (slots - 1) * interval) }
  local function set(field, value)
    changes[#changes + 1] = field
    changes[#changes + 1] = value
  end
  if role.since then
    set('holder', worker)
    set('held_since_us', string.format('%.0f', role.since))
    set('leased_us', string.format('%.0f', now))
    set('ahead_us', string.format('%.0f', first - now > AHEAD_US and now or role.ahead))
    set('lag_us', lag)
  end
  if catches_up then set('owed_slots', math.max(0, owed - slots * CATCH_UP)) end
  redis.call('HSET', campaign, unpack(changes))
  local left_by = role.lag and next_slot + math.min(2 * role.lag + LATER_US, LATEST_US) or 0
  return 'slots', first, interval, slots, is_strict, math.max(0, left_by - first)
end
