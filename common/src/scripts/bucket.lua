-- The campaign's token bucket as a reservation (GCRA); put in front of every script that reserves, behind `pace.lua`
-- and `beat.lua`.
-- The campaign keeps its last reserved slot, not the next one, so a new rate holds from the very next slot.

-- No slot is reserved further ahead: what is reserved is still sent after a pause, a new rate or a crash.
local HORIZON_US = 200000
-- A lease is about this much of the rate, and at least one slot.
local LEASE_US = 20000
-- Slots that passed while a worker stood still are made up for, but so slowly that no second shows it: by this share of
-- the rate, and never more than this much of it.
local CATCH_UP, MOST_OWED_US = 0.008, 1000000

-- Reserves up to `want` slots. Answers verdict, first slot or time to ask again (us), interval (us), number of slots,
-- whether the provider is strict; verdict is 'slots', 'wait', or the campaign's status where that is not running ('gone' if there is no campaign).
local function reserve(campaign, want)
  local fields = redis.call('HMGET', campaign, 'status', 'tps', 'last_slot_us', 'too_fast', 'throttled_us',
    'owed_slots', 'strict_us')
  local status = fields[1]
  if status ~= 'running' then return status or 'gone', 0, 0, 0, false end
  local now = now_us()
  local tps = tonumber(fields[2])
  local rate = rate_at(now, tps, tonumber(fields[4]), tonumber(fields[5]))
  local interval = 1000000 * STRETCH / rate
  local owed = math.min(tonumber(fields[6] or 0), MOST_OWED_US / interval)
  local is_strict = now - tonumber(fields[7] or 0) < STRICT_US
  -- A provider that throttles of late would throttle what is caught up.
  local catches_up = owed > 0 and rate == tps and not is_strict
  if catches_up then interval = interval / (1 + CATCH_UP) end
  local first = math.max(now + LEAD_US, tonumber(fields[3] or 0) + interval)
  if first > now + HORIZON_US then return 'wait', first - HORIZON_US, interval, 0, is_strict end
  local slots = math.min(want, math.max(1, math.floor(LEASE_US / interval)))
  redis.call('HSET', campaign, 'last_slot_us', string.format('%.3f', first + (slots - 1) * interval))
  if catches_up then redis.call('HSET', campaign, 'owed_slots', math.max(0, owed - slots * CATCH_UP)) end
  return 'slots', first, interval, slots, is_strict
end
