-- Forgets finished batches: the queue library keeps their data and metadata for ever. The data of a batch stays where
-- somebody in it may have to be sent to again.
-- KEYS: done jobs, job data, prefix of job metadata, ledger
-- ARGV: most batches to forget in one call, size of a batch
-- Answers the number of batches forgotten.
local size = tonumber(ARGV[2])
local jobs = redis.call('SPOP', KEYS[1], ARGV[1])
for _, job in ipairs(jobs) do
  local first, needed = tonumber(job) * size, false
  local bytes = redis.call('GETRANGE', KEYS[4], first, first + size - 1)
  for i = 1, #bytes do
    local state = string.byte(bytes, i) % 16
    needed = needed or state == PENDING or state == SENDING or state == FAILED or state == IN_DOUBT
  end
  if not needed then redis.call('HDEL', KEYS[2], job) end
  redis.call('UNLINK', KEYS[3] .. ':' .. job)
end
return #jobs
