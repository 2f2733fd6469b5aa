-- The jobs of a queue, kept as the queue library expects; put in front of every script that adds or drops some.
-- A batch's first job has the batch's number as its id, and each later job `NUMBER-ROUND`.

local function enqueue(active, meta, job)
  redis.call('HSET', meta .. ':' .. job, 'attempts', 0, 'max_attempts', 25, 'status', 'Pending')
  redis.call('RPUSH', active, job)
end

-- Adds a later job of a batch. The round is one that no job of the batch had: the batch's other jobs may still be in
-- flight, and a worker's batches in flight are a set.
local function enqueue_later(data, active, meta, batch, round, packed)
  local job = batch .. '-' .. round
  redis.call('HSET', data, job, packed)
  enqueue(active, meta, job)
end

-- Drops the recipients of a batch: not while its first job may still be fetched, since that would end the worker that
-- fetches it, nor while somebody in it may have to be sent to again.
local function forget_batch(ledger, data, meta, batch, size)
  if redis.call('EXISTS', meta .. ':' .. batch) == 1 then return end
  local bytes = redis.call('GETRANGE', ledger, batch * size, (batch + 1) * size - 1)
  if string.find(bytes, standing_in(PENDING, SENDING, FAILED, IN_DOUBT)) then return end
  redis.call('HDEL', data, batch)
end
