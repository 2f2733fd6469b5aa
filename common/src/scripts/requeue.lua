-- Takes everybody in one state, over a stretch of batches, back to pending, or on to sent. Those who are pending again
-- get new jobs, with ids that never were: the job of their batch may still be in flight, and a worker's batches in
-- flight are a set. Done twice, it is done once: those who were moved stand in that state no more.
-- KEYS: campaign, ledger, progress, failures, claims, done batches, job data, active jobs, prefix of job metadata
-- ARGV: state to leave, state to go to, batch to start at, most batches to change, size of a batch
-- Answers {the campaign's status ('' where there is no campaign), recipients moved (-1 where that status does not allow
-- it), batch to go on at (-1 at the end)}
local campaign, ledger, progress, failures, claims, done_batches, data, active, meta = unpack(KEYS)
local from, to, start, most, size =
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local status = redis.call('HGET', campaign, 'status') or ''
if status == '' or status == 'loading' or (status == 'cancelled' and to == PENDING) then return { status, -1, -1 } end

local moved, round = 0, nil
local function move(batch, bytes)
  local packed = to == PENDING and redis.call('HGET', data, batch)
  -- Without addresses nobody can be sent to; who failed stays failed.
  if to == PENDING and not packed then return end
  local first, indexes = batch * size, {}
  rewrite(ledger, progress, first, bytes, function(i, state)
    if state ~= from then return nil end
    indexes[#indexes + 1] = first + i - 1
    return to
  end)
  redis.call('HDEL', failures, unpack(indexes))
  redis.call('HDEL', claims, unpack(indexes))
  moved = moved + #indexes
  if to == PENDING then
    round = round or redis.call('HINCRBY', campaign, 'rounds', 1)
    enqueue_later(data, active, meta, batch, round, packed)
    redis.call('SETBIT', done_batches, batch, 0)
  else
    forget_batch(ledger, data, meta, batch, size)
  end
end

local bytes = redis.call('GETRANGE', ledger, start * size, start * size + STRETCH_BYTES - 1)
local pattern, looked_at, changed = standing_in(from), 0, 0
while changed < most and looked_at < #bytes do
  local hit = string.find(bytes, pattern, looked_at + 1)
  if hit then
    local offset = math.floor((hit - 1) / size)
    move(start + offset, string.sub(bytes, offset * size + 1, (offset + 1) * size))
    looked_at, changed = (offset + 1) * size, changed + 1
  else
    looked_at = #bytes
  end
end
-- What failed before they were taken up again shall not pause the campaign now.
if round then redis.call('HDEL', campaign, 'attempts') end
if round and status == 'completed' then
  redis.call('HSET', campaign, 'status', 'running')
  redis.call('HDEL', campaign, 'finished_us', 'reason')
  note_event(campaign, now_us(), 'running again')
  status = 'running'
end
local at_end = start * size + looked_at >= redis.call('STRLEN', ledger)
return { status, moved, at_end and -1 or start + math.floor(looked_at / size) }
