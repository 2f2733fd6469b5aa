-- Holds a campaign that fails nearly everybody; put in front of every script that settles.
local LAST_ATTEMPTS, MOST_FAILED = 100, 50

-- Notes attempts ('+' accepted, '-' failed), and pauses the campaign when too many of the last ones failed, the last of
-- them for the reason `why`. Answers whether it did.
local function pause_if_failing(campaign, attempts, why)
  local fields = redis.call('HMGET', campaign, 'status', 'attempts')
  attempts = string.sub((fields[2] or '') .. attempts, -LAST_ATTEMPTS)
  redis.call('HSET', campaign, 'attempts', attempts)
  local _, failed = string.gsub(attempts, '%-', '')
  if fields[1] ~= 'running' or #attempts < LAST_ATTEMPTS or failed <= MOST_FAILED then return false end
  local reason = string.format('%d of the last %d attempts failed', failed, LAST_ATTEMPTS)
  if why then reason = reason .. ', the last with ' .. why end
  redis.call('HSET', campaign, 'status', 'paused', 'reason', reason)
  note_event(campaign, now_us(), 'paused by itself: ' .. reason)
  return true
end
