-- Claims pending recipients of one batch, each with a slot: nobody is claimed without a slot, no slot is left without
-- a person. One round trip, so what the script saw is what it acted on.
-- KEYS: campaign, ledger, progress, claims
-- ARGV: claimer, first index, number of recipients in the batch, most to claim, then indexes to leave alone
-- Answers {verdict, slot or time in us, interval in us, Redis's time in us, indexes, others}; verdict is
--   'slots': the indexes were claimed, for slots an interval apart;
--   'wait': ask again at that time;
--   'empty': nobody is pending; the indexes are those the claimer is sending to, the others somebody else;
--   or the campaign's status where that is not running.
local claimer, first, length, want = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local except = {}
for i = 5, #ARGV do except[tonumber(ARGV[i])] = true end

local bytes = redis.call('GETRANGE', KEYS[2], first, first + length - 1)
local pending, sending = {}, {}
for i = 1, #bytes do
  local state, index = string.byte(bytes, i) % 16, first + i - 1
  if state == PENDING and not except[index] and #pending < want then pending[#pending + 1] = index end
  if state == SENDING then sending[#sending + 1] = index end
end

local function answer(verdict, at, interval, indexes, others)
  return {
    verdict, string.format('%.0f', at), string.format('%.3f', interval), string.format('%.0f', now_us()),
    indexes, others,
  }
end

if #pending == 0 then
  local mine, others = {}, {}
  for _, index in ipairs(sending) do
    local list = redis.call('HGET', KEYS[4], index) == claimer and mine or others
    list[#list + 1] = index
  end
  return answer('empty', 0, 0, mine, others)
end

local verdict, at, interval, slots = reserve(KEYS[1], #pending)
local claimed, is_claimed, claims = {}, {}, {}
for i = 1, slots do
  claimed[i] = pending[i]
  is_claimed[pending[i]] = true
  claims[#claims + 1] = pending[i]
  claims[#claims + 1] = claimer
end
if slots > 0 then
  rewrite(KEYS[2], KEYS[3], first, bytes, function(i) return is_claimed[first + i - 1] and SENDING end)
  redis.call('HSET', KEYS[4], unpack(claims))
end
return answer(verdict, at, interval, claimed, {})
