-- Settles recipients: each moves from one of the states it may leave to its new one, or stays and is not counted.
-- KEYS: campaign, ledger, progress, claims, rate, failures, done batches, deliveries, outbox
-- ARGV: size of a batch, age in us from which a claim is overdue, then for each recipient:
--   index,
--   hold: the claim's id, so that a settlement that was held up cannot undo a later claim; 'overdue' for a claim of
--     that age, whoever holds it; or '*' for whatever there is,
--   the states it may be moved from (their digits), new state, failure (JSON or ''),
--   verdict: 'accepted', 'failed' or 'throttled' for what the provider's answer was like, 'stalled' where the slot passed
--     while the worker stood still, or '' for neither,
--   why: the provider's code, for people,
--   tracked: what the outbox gets of a message that went out, or ''.
-- Who would go back to pending in a cancelled campaign is cancelled, or in doubt where there is a failure to tell.
-- Answers the status that the campaign has by this, 'completed' or 'paused', or ''.
local batch_size, overdue_age = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = now_us()
local sent, cancelled, batches = 0, redis.call('HGET', KEYS[1], 'status') == 'cancelled', {}
local attempts, last_failure, throttles, throttled_by, stalled = '', nil, 0, nil, 0

-- Whether a claim, or the doubt that it left behind, is what the settlement is about.
local function holds(hold, index, state)
  if hold == '*' or (state ~= SENDING and state ~= IN_DOUBT) then return true end
  local claimer, claimed = claim_of(KEYS[4], index)
  if hold == 'overdue' then return claimed + overdue_age <= now end
  return claimer and claim_by(claimer, claimed) == hold
end

for a = 3, #ARGV, 8 do
  local index, hold, from, to, failure = tonumber(ARGV[a]), ARGV[a + 1], ARGV[a + 2], tonumber(ARGV[a + 3]), ARGV[a + 4]
  local verdict, why, tracked = ARGV[a + 5], ARGV[a + 6], ARGV[a + 7]
  local byte = redis.call('GETRANGE', KEYS[2], index, index)
  local state = byte ~= '' and string.byte(byte) % 16
  if to == PENDING and cancelled then to = failure == '' and CANCELLED or IN_DOUBT end
  if state and string.find(from, tostring(state), 1, true) and holds(hold, index, state) then
    rewrite(KEYS[2], KEYS[3], index, byte, function() return to end)
    -- Who is in doubt keeps the claim: only its own answer, late as it may be, settles the doubt.
    if to ~= IN_DOUBT then redis.call('HDEL', KEYS[4], index) end
    if to ~= PENDING then batches[math.floor(index / batch_size)] = true end
    if to == SENT then sent = sent + 1 end
    if to == SENT and tracked ~= '' then redis.call('XADD', KEYS[9], '*', 'sent', tracked) end
    if to == FAILED or to == IN_DOUBT then
      redis.call('HSET', KEYS[6], index, failure)
    elseif state == IN_DOUBT then
      redis.call('HDEL', KEYS[6], index)
    end
    if verdict == 'throttled' then throttles, throttled_by = throttles + 1, why end
    if verdict == 'stalled' then stalled = stalled + 1 end
    if verdict == 'accepted' then attempts = attempts .. '+' end
    if verdict == 'failed' then attempts, last_failure = attempts .. '-', why end
  end
end

for batch in pairs(batches) do
  note_if_done(KEYS[2], KEYS[7], batch, batch_size)
  -- A batch that gets on is not what its workers die of.
  redis.call('HDEL', KEYS[8], batch)
end
if sent > 0 then
  local second = math.floor(now / 1000000)
  -- An hour of seconds is kept; each new one drops the one that left the hour.
  if redis.call('HINCRBY', KEYS[5], string.format('%.0f', second), sent) == sent then
    redis.call('HDEL', KEYS[5], string.format('%.0f', second - 3600))
  end
end
if stalled > 0 then redis.call('HINCRBYFLOAT', KEYS[1], 'owed_slots', stalled) end
note_answers(KEYS[1], now, #attempts, throttles, throttled_by)
if complete_if_done(KEYS[1], KEYS[3]) then return 'completed' end
if attempts ~= '' and pause_if_failing(KEYS[1], attempts, last_failure) then return 'paused' end
return ''
