-- The rate in force; put in front of every script that needs it.
-- A provider that throttles, and not just now and then, halves the rate. From there it climbs by steps to just below the rate that was too fast,
-- stays there for a while, and then feels its way up to the campaign's own rate. Nothing is written while it climbs:
-- the rate follows from the last throttle and the time since.

-- What was sent before the slow-down was felt is still answered: throttles that soon after the last are the same one.
local REACTION_US = 150000
local STEP_US = 100000
-- How near it climbs at first to the rate that was too fast, and for how many steps it stays there.
local CLOSE, HOLD_STEPS = 0.97, 100
-- After that, each step adds this share.
local PROBE = 1.01
-- In messages per second: a provider that throttles everything is still asked now and then.
local SLOWEST = 1
local TOLD_EVERY_US = 60000000

-- A few throttles tell of messages that came early, not of a rate that is too fast: fewer than so many at once, and this
-- share of all answers, are borne. While the rate is lowered, it is the likelier reason.
local BORNE, BORNE_WHILE_SLOW, BORNE_SHARE = 4, 2, 0.01
-- For so long after a throttle the provider is taken to forgive nothing.
local STRICT_US = 60000000

-- The rate in force at a moment, in messages per second: at most `tps`.
local function rate_at(now, tps, too_fast, throttled_us)
  if not too_fast then return tps end
  local steps = math.floor(math.max(0, now - throttled_us - REACTION_US + STEP_US) / STEP_US)
  local half, top = too_fast / 2, too_fast * CLOSE
  local rate
  if steps < HOLD_STEPS then
    rate = top - (top - half) * 0.5 ^ steps
  else
    rate = top * PROBE ^ (steps - HOLD_STEPS + 1)
  end
  return math.min(tps, math.max(rate, SLOWEST))
end

-- Halves the rate, unless it was halved for the same throttle already. `why` is for people.
local function slow_down(campaign, now, why)
  local fields = redis.call('HMGET', campaign, 'tps', 'too_fast', 'throttled_us')
  local throttled_us = tonumber(fields[3] or 0)
  if now - throttled_us < REACTION_US then return end
  local rate = rate_at(now, tonumber(fields[1]), tonumber(fields[2]), throttled_us)
  redis.call('HSET', campaign, 'too_fast', rate, 'throttled_us', string.format('%.0f', now), 'throttled_by', why)
  -- A provider that throttles again and again is told of once a minute.
  if now - tonumber(redis.call('HGET', campaign, 'told_us') or 0) < TOLD_EVERY_US then return end
  redis.call('HSET', campaign, 'told_us', string.format('%.0f', now))
  note_event(campaign, now, string.format('slowed down to %.3g of %g a second: AWS throttled (%s)',
    math.max(rate / 2, SLOWEST), tonumber(fields[1]), why))
end

-- Notes answers of providers, some of which may be throttles: the last one for the reason `why`.
local function note_answers(campaign, now, answers, throttles, why)
  local fields = redis.call('HMGET', campaign, 'throttled', 'tps', 'too_fast', 'throttled_us')
  local throttled, tps = tonumber(fields[1] or 0), tonumber(fields[2] or 0)
  if throttles == 0 and throttled == 0 then return end
  -- It takes no more than the rate, so what was lost is lost.
  if throttles > 0 then
    redis.call('HDEL', campaign, 'owed_slots')
    redis.call('HSET', campaign, 'strict_us', string.format('%.0f', now))
  end
  throttled = math.max(0, throttled - BORNE_SHARE * answers) + throttles
  local is_slow = rate_at(now, tps, tonumber(fields[3]), tonumber(fields[4])) < tps
  if throttled >= (is_slow and BORNE_WHILE_SLOW or BORNE) then
    slow_down(campaign, now, why)
    throttled = 0
  end
  redis.call('HSET', campaign, 'throttled', throttled)
end
