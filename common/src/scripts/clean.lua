-- Forgets batches that are over: the queue library keeps their data and metadata for ever. Over are those that are
-- finished, and in a campaign that is final also those that are still queued. The data of a batch stays where somebody
-- in it may have to be sent to again.
-- KEYS: campaign, done jobs, active jobs, job data, prefix of job metadata, ledger
-- ARGV: most batches to forget in one call, size of a batch
-- Answers the number of batches forgotten.
local most, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local status = redis.call('HGET', KEYS[1], 'status')
local jobs = redis.call('SPOP', KEYS[2], most)
if status == 'completed' or status == 'cancelled' then
  while #jobs < most do
    local job = redis.call('LPOP', KEYS[3])
    if not job then break end
    jobs[#jobs + 1] = job
  end
end
for _, job in ipairs(jobs) do
  local first, needed = tonumber(job) * size, false
  local bytes = redis.call('GETRANGE', KEYS[6], first, first + size - 1)
  for i = 1, #bytes do
    local state = string.byte(bytes, i) % 16
    needed = needed or state == PENDING or state == SENDING or state == FAILED or state == IN_DOUBT
  end
  if not needed then redis.call('HDEL', KEYS[4], job) end
  redis.call('UNLINK', KEYS[5] .. ':' .. job)
end
return #jobs
