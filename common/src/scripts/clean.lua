-- Forgets jobs that are over: the queue library keeps their data and metadata for ever. Over are those that are
-- finished, and in a campaign that is final also those that are still queued. The recipients of a batch stay, under its
-- first job, where somebody in it may have to be sent to again; the copies that later jobs have go with these. In a
-- campaign that is final no batch is parked any more.
-- KEYS: campaign, done jobs, active jobs, job data, prefix of job metadata, ledger, parked batches
-- ARGV: most jobs and parked batches to forget in one call, size of a batch
-- Answers the number of jobs and parked batches forgotten.
local most, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local status = redis.call('HGET', KEYS[1], 'status')
local is_final = status == 'completed' or status == 'cancelled'
local jobs = redis.call('SPOP', KEYS[2], most)
if is_final then
  while #jobs < most do
    local job = redis.call('LPOP', KEYS[3])
    if not job then break end
    jobs[#jobs + 1] = job
  end
end
for _, job in ipairs(jobs) do
  local batch = string.match(job, '^%d+')
  redis.call('UNLINK', KEYS[5] .. ':' .. job)
  if job ~= batch then redis.call('HDEL', KEYS[4], job) end
  forget_batch(KEYS[6], KEYS[4], KEYS[5], batch, size)
end
local parked = is_final and redis.call('ZPOPMIN', KEYS[7], most - #jobs) or {}
for i = 1, #parked, 2 do forget_batch(KEYS[6], KEYS[4], KEYS[5], parked[i], size) end
return #jobs + #parked / 2
