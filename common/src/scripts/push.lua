-- Puts batches into the campaign's queue and their recipients into the ledger, in one step: a batch is in the queue
-- exactly if its recipients are in the ledger. A batch pushed twice is one batch.
-- KEYS: campaign, ledger, progress, job data, active jobs, prefix of job metadata, customers
-- ARGV: for each batch: job id, first index, ledger bytes, packed batch, packed ids of its customers
-- Answers the number of new batches, -1 where the campaign is not loading, or -2 where a batch is there that is another.
if redis.call('HGET', KEYS[1], 'status') ~= 'loading' then return -1 end
local batches, differs = 0, false
for a = 1, #ARGV, 5 do
  local job, first, bytes, payload, customers = ARGV[a], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4]
  if redis.call('HSETNX', KEYS[4], job, payload) == 1 then
    enqueue(KEYS[5], KEYS[6], job)
    redis.call('HSET', KEYS[7], job, customers)
    redis.call('SETRANGE', KEYS[2], first, bytes)
    local counts = {}
    for i = 1, #bytes do
      local byte = string.sub(bytes, i, i)
      counts[byte] = (counts[byte] or 0) + 1
    end
    for byte, count in pairs(counts) do redis.call('HINCRBY', KEYS[3], byte, count) end
    redis.call('HINCRBY', KEYS[1], 'total', #bytes)
    batches = batches + 1
  elseif redis.call('HGET', KEYS[4], job) ~= payload then
    differs = true
  end
end
redis.call('HINCRBY', KEYS[1], 'batches', batches)
return differs and -2 or batches
