-- Gives a campaign that is not final another rate.
-- KEYS: campaign
-- ARGV: messages per second
-- Answers {1 if it has it or 0, the campaign's status (or '' where there is no campaign)}
local status = redis.call('HGET', KEYS[1], 'status') or ''
if status == '' or status == 'completed' or status == 'cancelled' then return { 0, status } end
if tonumber(redis.call('HGET', KEYS[1], 'tps')) ~= tonumber(ARGV[1]) then
  note_event(KEYS[1], now_us(), string.format('rate set to %g a second', tonumber(ARGV[1])))
  -- What is owed was lost at the old rate.
  redis.call('HDEL', KEYS[1], 'owed_slots')
end
redis.call('HSET', KEYS[1], 'tps', ARGV[1])
return { 1, status }
