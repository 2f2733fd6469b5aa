-- Takes parked batches whose time has come back into the queue, each as a new job with a copy of its recipients; one in
-- which everybody is in a final state is only taken out. Who is being sent to may be pending again, by a worker that held
-- the batch before and is not to work on it any more.
-- KEYS: campaign, ledger, parked batches, job data, active jobs, prefix of job metadata
-- ARGV: most batches, most jobs in the queue, size of a batch
-- Answers {batches taken out, when the next is due in us, or 0 where none is}
local campaign, ledger, parked, data, active, meta = unpack(KEYS)
local most, longest, size = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = string.format('%.0f', now_us())

-- The queue holds a copy of each: ten thousand that wait for one hour do not come at once.
most = math.max(0, math.min(most, longest - redis.call('LLEN', active)))
local due, round = redis.call('ZRANGEBYSCORE', parked, '-inf', now, 'LIMIT', 0, most), nil
for _, batch in ipairs(due) do
  redis.call('ZREM', parked, batch)
  local bytes = redis.call('GETRANGE', ledger, batch * size, (batch + 1) * size - 1)
  if string.find(bytes, standing_in(PENDING, SENDING)) then
    round = round or redis.call('HINCRBY', campaign, 'rounds', 1)
    -- A batch whose recipients are lost is given up by whoever takes it.
    enqueue_later(data, active, meta, batch, round, redis.call('HGET', data, batch) or '')
  end
end
local next_due = redis.call('ZRANGEBYSCORE', parked, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
return { #due, string.format('%.0f', next_due or 0) }
