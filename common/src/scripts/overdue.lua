-- Finds those who are being sent to by claims that are overdue, wherever in the campaign.
-- KEYS: ledger, claims
-- ARGV: age in us from which a claim is overdue, most to find
-- Answers {their indexes, their ledger bytes}
local now, age, most = now_us(), tonumber(ARGV[1]), tonumber(ARGV[2])
local overdue, bytes = {}, {}
for _, index in ipairs(redis.call('HKEYS', KEYS[2])) do
  if #overdue == most then break end
  local byte = redis.call('GETRANGE', KEYS[1], index, index)
  if byte ~= '' and string.byte(byte) % 16 == SENDING then
    local _, claimed = claim_of(KEYS[2], index)
    if claimed + age <= now then
      overdue[#overdue + 1] = index
      bytes[#bytes + 1] = byte
    end
  end
end
return { overdue, table.concat(bytes) }
