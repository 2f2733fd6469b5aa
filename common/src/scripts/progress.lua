-- All that the progress of a campaign shows, at one moment.
-- KEYS: campaign, progress, rate, done batches, parked batches, outbox, bounces, complaints
-- ARGV: how many whole seconds of the rate to add up, the second after which the rate is wanted second by second or ''
-- Answers {Redis's time in us, campaign fields, counters, messages sent in those seconds, batches done, rate in force,
-- batches parked, when the first of them is due in us, or 0 where none is, {length of the outbox, of the bounces, of the
-- complaints}, the seconds after that one in which something was sent, each followed by how many}
-- The rate is told second by second for so long.
local LINE_SECONDS = 600
local now = now_us()
local second, sent = math.floor(now / 1000000), 0
local fields = {}
for i = 1, tonumber(ARGV[1]) do fields[i] = string.format('%.0f', second - i) end
for _, count in ipairs(redis.call('HMGET', KEYS[3], unpack(fields))) do sent = sent + tonumber(count or 0) end
local pace = redis.call('HMGET', KEYS[1], 'tps', 'too_fast', 'throttled_us')
local rate = rate_at(now, tonumber(pace[1] or 0), tonumber(pace[2]), tonumber(pace[3]))
local first_due = redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')[2]

-- The texts are by far the most of the record, and no part of the progress.
local record, shown = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #record, 2 do
  if record[i] ~= 'templates' then
    shown[#shown + 1], shown[#shown + 2] = record[i], record[i + 1]
  end
end

local line = {}
if ARGV[2] ~= '' then
  local first, seconds = math.max(tonumber(ARGV[2]) + 1, second - LINE_SECONDS), {}
  for at = first, second - 1 do seconds[#seconds + 1] = string.format('%.0f', at) end
  if #seconds > 0 then
    for i, count in ipairs(redis.call('HMGET', KEYS[3], unpack(seconds))) do
      if count then
        line[#line + 1], line[#line + 2] = tonumber(seconds[i]), tonumber(count)
      end
    end
  end
end
return {
  string.format('%.0f', now), shown, redis.call('HGETALL', KEYS[2]), sent,
  redis.call('BITCOUNT', KEYS[4]), tostring(rate), redis.call('ZCARD', KEYS[5]), string.format('%.0f', first_due or 0),
  { redis.call('XLEN', KEYS[6]), redis.call('SCARD', KEYS[7]), redis.call('SCARD', KEYS[8]) },
  line,
}
