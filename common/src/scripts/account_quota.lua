-- Reserves moments from the account's quotas: a bucket for each channel, over all campaigns and workers (GCRA).
-- A message costs units, and the moments that follow wait until they are paid for. So all who ask are told the same next
-- moment, whatever they cost: cheap messages never keep an expensive one out, not even one that costs more than a second's
-- quota.
-- KEYS: the buckets
-- ARGV: the horizon in us, further ahead than which nothing is reserved; then for each bucket its units a second, the
-- number of messages, and of each in order its units and the moment in us before which it does not leave
-- Answers {Redis's time in us, for each bucket {when there is room again in us, the moments in us of the first
-- messages, as many as there was room for}}

-- The first moment lies this far ahead, so that the answer arrives before it.
local LEAD_US = 5000

local next_arg = 0
local function argument()
  next_arg = next_arg + 1
  return tonumber(ARGV[next_arg])
end

local now, horizon = now_us(), argument()

local function reserve(key)
  local unit_us, messages = 1000000 * STRETCH / argument(), argument()
  local fields = redis.call('HMGET', key, 'last_us', 'units')
  local last, units = tonumber(fields[1] or 0), tonumber(fields[2] or 0)
  -- Nothing is ever reserved so far ahead: Redis's clock was set back, and nobody shall wait until it is there again.
  if last > now + horizon then last, units = 0, 0 end
  local moments, is_full = {}, false
  for _ = 1, messages do
    local cost, earliest = argument(), argument()
    local at = math.max(now + LEAD_US, last + units * unit_us, earliest)
    is_full = is_full or at > now + horizon
    if not is_full then
      last, units = at, cost
      moments[#moments + 1] = string.format('%.0f', at)
    end
  end
  if #moments > 0 then redis.call('HSET', key, 'last_us', string.format('%.3f', last), 'units', units) end
  local room = string.format('%.0f', math.max(0, last + units * unit_us - horizon))
  return { room, moments }
end

local answers = {}
for _, key in ipairs(KEYS) do answers[#answers + 1] = reserve(key) end
return { string.format('%.0f', now), answers }
