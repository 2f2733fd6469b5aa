-- Takes an address off the suppression list.
-- KEYS: its part of the list, number of addresses
-- ARGV: name
-- Answers what was kept of it, or nil where it was not there.
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if entry then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('DECR', KEYS[2])
end
return entry
