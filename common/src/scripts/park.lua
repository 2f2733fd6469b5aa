-- Parks a batch until a time, where somebody in it is still to be sent to, or being sent to by another holder of the
-- batch, who may put them back. Its job may then be acknowledged: nothing else in the queue tells of the batch.
-- KEYS: ledger, parked batches
-- ARGV: batch, size of a batch, time in us
-- Answers 1 if the batch is parked, or 0 where everybody is in a final state.
local batch, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local bytes = redis.call('GETRANGE', KEYS[1], batch * size, (batch + 1) * size - 1)
if not string.find(bytes, standing_in(PENDING, SENDING)) then return 0 end
-- Two jobs of one batch may park it: the first of the two times is the one to look at it again.
redis.call('ZADD', KEYS[2], 'LT', ARGV[3], batch)
return 1
