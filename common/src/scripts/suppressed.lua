-- Tells which addresses are on the suppression list.
-- KEYS: prefix of the list's parts, number of addresses
-- ARGV: for each address: part, name
-- Answers the places of those that are, from 0; nil where nobody is on the list.
if tonumber(redis.call('GET', KEYS[2]) or 0) == 0 then return nil end
local places = {}
for a = 1, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1] .. ':' .. ARGV[a], ARGV[a + 1]) == 1 then places[#places + 1] = (a - 1) / 2 end
end
return places
