-- Finds people by how they stand, in the order of the list, in a stretch of the ledger.
-- KEYS: ledger, failures
-- ARGV: index to start at, most to find, the ledger bytes to look for
-- Answers {index to go on at (-1 at the ledger's end), indexes, their ledger bytes, their failures (JSON or nil)}
local start, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local bytes = redis.call('GETRANGE', KEYS[1], start, start + STRETCH_BYTES - 1)
local pattern, indexes, found, at = '[' .. ARGV[3] .. ']', {}, {}, 1
while #indexes < most do
  local hit = string.find(bytes, pattern, at)
  at = (hit or #bytes) + 1
  if not hit then break end
  indexes[#indexes + 1] = start + hit - 1
  found[#found + 1] = string.sub(bytes, hit, hit)
end
local next_index = start + at - 1
if next_index >= redis.call('STRLEN', KEYS[1]) then next_index = -1 end
local failures = #indexes > 0 and redis.call('HMGET', KEYS[2], unpack(indexes)) or {}
return { next_index, indexes, table.concat(found), failures }
