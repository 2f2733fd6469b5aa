-- Claims pending recipients of one batch, each with a slot: nobody is claimed without a slot, no slot is left without
-- a person. One round trip, so what the script saw is what it acted on.
-- KEYS: campaign, ledger, progress, claims
-- ARGV: claimer, its worker, how late in us that one's messages leave, first index, number of recipients in the batch, age
-- in us from which a claim is overdue, most to claim, most to claim of each channel, then indexes to leave alone
-- Answers {verdict, slot or time in us, interval in us, Redis's time in us, indexes, overdue, and with slots whether the
-- provider is strict (1 or 0), and how long in us after the first slot another worker's messages leave}; verdict is
--   'slots': the indexes were claimed at that time, for slots an interval apart;
--   'wait': ask again at that time;
--   'full': those who are pending are of channels of which none is to be claimed;
--   'empty': nobody is pending; the indexes are those the claimer is sending to, each followed by the time of its claim
--     in us; overdue are those that others claimed so long ago that no answer can come any more; the time is when the
--     next claim of others is overdue, or 0;
--   or the campaign's status where that is not running.
local claimer, worker, lag, first, length = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local overdue_age, want, left = tonumber(ARGV[6]), tonumber(ARGV[7]), {}
for i, base in ipairs(CHANNEL_BASES) do left[base] = tonumber(ARGV[7 + i]) end
local except = {}
for i = 8 + #CHANNEL_BASES, #ARGV do except[tonumber(ARGV[i])] = true end

local bytes = redis.call('GETRANGE', KEYS[2], first, first + length - 1)
local pending, sending, is_full = {}, {}, false
for i = 1, #bytes do
  local byte, index = string.byte(bytes, i), first + i - 1
  local state = byte % 16
  local channel = byte - state
  if state == PENDING and not except[index] and #pending < want then
    if left[channel] > 0 then
      left[channel] = left[channel] - 1
      pending[#pending + 1] = index
    else
      is_full = true
    end
  end
  if state == SENDING then sending[#sending + 1] = index end
end

local now = now_us()
local function answer(verdict, at, interval, indexes, overdue, is_strict, after)
  return {
    verdict, string.format('%.0f', at), string.format('%.3f', interval), string.format('%.0f', now),
    indexes, overdue, is_strict and 1 or 0, string.format('%.0f', after or 0),
  }
end

if #pending == 0 and is_full then return answer('full', 0, 0, {}, {}) end
if #pending == 0 then
  local mine, overdue, next_overdue = {}, {}, 0
  for _, index in ipairs(sending) do
    local holder, claimed = claim_of(KEYS[4], index)
    local overdue_at = claimed + overdue_age
    if holder == claimer then
      mine[#mine + 1] = index
      mine[#mine + 1] = string.format('%.0f', claimed)
    elseif overdue_at <= now then
      overdue[#overdue + 1] = index
    elseif next_overdue == 0 or overdue_at < next_overdue then
      next_overdue = overdue_at
    end
  end
  return answer('empty', next_overdue, 0, mine, overdue)
end

local verdict, at, interval, slots, is_strict, after = reserve(KEYS[1], worker, lag, #pending)
local claimed, is_claimed, claims = {}, {}, {}
for i = 1, slots do
  claimed[i] = pending[i]
  is_claimed[pending[i]] = true
  claims[#claims + 1] = pending[i]
  claims[#claims + 1] = claim_by(claimer, now)
end
if slots > 0 then
  rewrite(KEYS[2], KEYS[3], first, bytes, function(i) return is_claimed[first + i - 1] and SENDING end)
  redis.call('HSET', KEYS[4], unpack(claims))
end
return answer(verdict, at, interval, claimed, {}, is_strict, after)
