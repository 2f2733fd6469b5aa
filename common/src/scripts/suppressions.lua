-- Reads whole parts of the suppression list, one after the other.
-- KEYS: prefix of the list's parts
-- ARGV: part to start at, part to end before, addresses that are enough
-- Answers {part to go on at, names and what is kept of each}
local part, last, enough, entries = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), {}
while part < last and #entries < 2 * enough do
  for _, text in ipairs(redis.call('HGETALL', KEYS[1] .. ':' .. part)) do entries[#entries + 1] = text end
  part = part + 1
end
return { part, entries }
