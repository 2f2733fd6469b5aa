-- Puts a batch behind those that wait in its queue, as a new job; the job that it is in hand by can then be done with. A
-- worker that dies between the two leaves two jobs of one batch, which does no harm.
-- KEYS: campaign, job data, active jobs, prefix of job metadata
-- ARGV: batch
-- Answers 1, or 0 where no other waits, or the batch is kept no more.
local campaign, data, active, meta = unpack(KEYS)
local packed = redis.call('LLEN', active) > 0 and redis.call('HGET', data, ARGV[1])
if not packed then return 0 end
local job = ARGV[1] .. '-' .. redis.call('HINCRBY', campaign, 'rounds', 1)
redis.call('HSET', data, job, packed)
enqueue(active, meta, job)
return 1
