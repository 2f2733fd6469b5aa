-- Takes reports about messages: each moves its recipient forward, or is no news.
-- KEYS: campaign, ledger, progress, claims, failures, done batches, outbox, bounces, complaints, job data, prefix of job
-- metadata
-- ARGV: size of a batch, most bounces and most complaints in per cent of the emails sent, emails that are too few to tell,
--   then for each report:
--   index, the channel's base in the ledger, new state, the states of a sent message that it moves (their digits),
--   harm: 'bounce', 'complaint' or '',
--   proof: what to track of a message whose answer never came, and report: what to track of this; '' where nothing is.
-- Whoever is in doubt, waits to be sent to again, failed or is cancelled was sent to: the report proves it. Whoever is
-- being sent to right now is left alone: the answer comes first, and brings what is to be tracked.
-- Answers {for each report 'news', 'known', 'early', 'unknown', or 'unproven' where a proof is to be tracked and is not
-- there yet, the status that the campaign has by this, 'completed'
-- or 'paused', or ''}
local batch_size, batches, answers = tonumber(ARGV[1]), {}, {}

local function is_unproven(state)
  return state == PENDING or state == FAILED or state == IN_DOUBT or state == CANCELLED
end

-- Notes a bounce or a complaint of a recipient, each once.
local function note_harm(harm, index)
  if harm == '' then return false end
  return redis.call('SADD', harm == 'bounce' and KEYS[8] or KEYS[9], index) == 1
end

local function receive(index, base, to, follows, harm, proof, report)
  local byte = redis.call('GETRANGE', KEYS[2], index, index)
  if byte == '' then return 'unknown' end
  local state = string.byte(byte) % 16
  if string.byte(byte) - state ~= base or state == SKIPPED then return 'unknown' end
  if state == SENDING then return 'early' end
  local unproven = is_unproven(state)
  if unproven and proof == '' and report ~= '' then return 'unproven' end
  local is_news = unproven or string.find(follows, tostring(state), 1, true) ~= nil
  if is_news then
    rewrite(KEYS[2], KEYS[3], index, byte, function() return to end)
    if unproven then
      redis.call('HDEL', KEYS[4], index)
      redis.call('HDEL', KEYS[5], index)
      batches[math.floor(index / batch_size)] = true
      if proof ~= '' then redis.call('XADD', KEYS[7], '*', 'sent', proof) end
    end
    if report ~= '' and to ~= SENT then redis.call('XADD', KEYS[7], '*', 'arrived', report) end
  end
  return (note_harm(harm, index) or is_news) and 'news' or 'known'
end

-- Pauses a running campaign whose emails do too much harm; what an earlier pause was for does not count again. Answers
-- whether it did.
local function pause_if_harmful(campaign)
  local bounces, complaints = redis.call('SCARD', KEYS[8]), redis.call('SCARD', KEYS[9])
  if bounces + complaints == 0 then return false end
  local fields = redis.call('HMGET', campaign, 'status', 'judged_emails', 'judged_bounces', 'judged_complaints')
  if fields[1] ~= 'running' then return false end
  local base, all = CHANNEL_BASES[3], 0
  for _, state in ipairs({ SENT, DELIVERED, UNDELIVERED, READ }) do
    all = all + tonumber(redis.call('HGET', KEYS[3], string.char(base + state)) or 0)
  end
  local emails = all - tonumber(fields[2] or 0)
  if emails < tonumber(ARGV[4]) then return false end
  local reason
  local function judge(count, most, what)
    local share = 100 * count / emails
    if share > most and not reason then
      reason = string.format('%d of %d emails %s: %.2f %%, above the limit of %s %%', count, emails, what, share, most)
    end
  end
  judge(bounces - tonumber(fields[3] or 0), tonumber(ARGV[2]), 'bounced for good')
  judge(complaints - tonumber(fields[4] or 0), tonumber(ARGV[3]), 'were called spam')
  if not reason then return false end
  redis.call('HSET', campaign, 'status', 'paused', 'reason', reason,
    'judged_emails', all, 'judged_bounces', bounces, 'judged_complaints', complaints)
  note_event(campaign, now_us(), 'paused by itself: ' .. reason)
  return true
end

for a = 5, #ARGV, 7 do
  answers[#answers + 1] = receive(
    tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), ARGV[a + 3], ARGV[a + 4], ARGV[a + 5], ARGV[a + 6])
end
for batch in pairs(batches) do
  note_if_done(KEYS[2], KEYS[6], batch, batch_size)
  forget_batch(KEYS[2], KEYS[10], KEYS[11], batch, batch_size)
end
if complete_if_done(KEYS[1], KEYS[3]) then return { answers, 'completed' } end
if pause_if_harmful(KEYS[1]) then return { answers, 'paused' } end
return { answers, '' }
