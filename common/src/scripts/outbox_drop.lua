-- Drops the outbox of a campaign that is final, or gone, where it is empty.
-- KEYS: campaign, outbox
-- Answers 1 if there is none any more, or 0.
local status = redis.call('HGET', KEYS[1], 'status')
if status and status ~= 'completed' and status ~= 'cancelled' then return 0 end
if redis.call('XLEN', KEYS[2]) > 0 then return 0 end
redis.call('DEL', KEYS[2])
return 1
