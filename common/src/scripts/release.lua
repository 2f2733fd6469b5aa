-- Takes a queue worker out of the queue and puts the batches it held back to the front.
-- KEYS: the worker's batches in flight, active jobs, workers, the worker's metadata
-- ARGV: the worker's name
-- Answers the number of batches put back.
local jobs = redis.call('SMEMBERS', KEYS[1])
for _, job in ipairs(jobs) do redis.call('LPUSH', KEYS[2], job) end
redis.call('DEL', KEYS[1], KEYS[4])
redis.call('ZREM', KEYS[3], ARGV[1])
return #jobs
