-- Gives a campaign that is not final another rate.
-- KEYS: campaign
-- ARGV: messages per second
-- Answers {1 if it has it or 0, the campaign's status (or '' where there is no campaign)}
local status = redis.call('HGET', KEYS[1], 'status') or ''
if status == '' or status == 'completed' or status == 'cancelled' then return { 0, status } end
redis.call('HSET', KEYS[1], 'tps', ARGV[1])
return { 1, status }
