-- Parks a batch until a time, where somebody in it is still to be sent to. Its job may then be acknowledged: nothing else
-- in the queue tells of the batch.
-- KEYS: ledger, parked batches
-- ARGV: batch, size of a batch, time in us
-- Answers 1 if the batch is parked, or 0 where nobody is pending.
local batch, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local bytes = redis.call('GETRANGE', KEYS[1], batch * size, (batch + 1) * size - 1)
if not string.find(bytes, standing_in(PENDING)) then return 0 end
-- Two jobs of one batch may park it: the first of the two times is the one to look at it again.
redis.call('ZADD', KEYS[2], 'LT', ARGV[3], batch)
return 1
