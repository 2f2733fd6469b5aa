-- Puts addresses on the suppression list. Who is there already stays as the first call left it.
-- KEYS: prefix of the list's parts, number of addresses
-- ARGV: for each address: part, name, reason
-- Answers how many are new.
local now, new = redis.call('TIME')[1], 0
for a = 1, #ARGV, 3 do
  new = new + redis.call('HSETNX', KEYS[1] .. ':' .. ARGV[a], ARGV[a + 1], now .. ' ' .. ARGV[a + 2])
end
if new > 0 then redis.call('INCRBY', KEYS[2], new) end
return new
