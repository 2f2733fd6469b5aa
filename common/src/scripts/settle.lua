-- Settles recipients: each moves from one of the states it may leave to its new one, or stays and is not counted.
-- KEYS: campaign, ledger, progress, claims, rate, failures, done batches
-- ARGV: size of a batch, then for each recipient: index, claimer, the states it may be moved from (their digits), new state, failure (JSON
-- or ''). From 'sending' it moves only for the claimer that holds it, or for '*': a settlement that was held up cannot
-- undo a later claim.
-- Who would go back to pending in a cancelled campaign is cancelled.
-- Answers 1 if the campaign completed by this, else 0.
local batch_size = tonumber(ARGV[1])
local sent, cancelled, batches = 0, redis.call('HGET', KEYS[1], 'status') == 'cancelled', {}
for a = 2, #ARGV, 5 do
  local index, claimer, from, to, failure =
    tonumber(ARGV[a]), ARGV[a + 1], ARGV[a + 2], tonumber(ARGV[a + 3]), ARGV[a + 4]
  local byte = redis.call('GETRANGE', KEYS[2], index, index)
  local state = byte ~= '' and string.byte(byte) % 16
  local may = state and string.find(from, tostring(state), 1, true)
  if state == SENDING and claimer ~= '*' then may = may and redis.call('HGET', KEYS[4], index) == claimer end
  if to == PENDING and cancelled then to = CANCELLED end
  if may then
    rewrite(KEYS[2], KEYS[3], index, byte, function() return to end)
    redis.call('HDEL', KEYS[4], index)
    if to ~= PENDING then batches[math.floor(index / batch_size)] = true end
    if to == SENT then sent = sent + 1 end
    if failure ~= '' then redis.call('HSET', KEYS[6], index, failure) end
    if failure == '' and state == IN_DOUBT then redis.call('HDEL', KEYS[6], index) end
  end
end
for batch in pairs(batches) do
  local bytes = redis.call('GETRANGE', KEYS[2], batch * batch_size, (batch + 1) * batch_size - 1)
  local open = false
  for i = 1, #bytes do open = open or string.byte(bytes, i) % 16 <= SENDING end
  if not open then redis.call('SETBIT', KEYS[7], batch, 1) end
end
if sent > 0 then
  local second = math.floor(now_us() / 1000000)
  -- An hour of seconds is kept; each new one drops the one that left the hour.
  if redis.call('HINCRBY', KEYS[5], string.format('%.0f', second), sent) == sent then
    redis.call('HDEL', KEYS[5], string.format('%.0f', second - 3600))
  end
end
return complete_if_done(KEYS[1], KEYS[3]) and 1 or 0
