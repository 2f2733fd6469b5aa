-- Passes over recipients of a campaign that is still loading: they are never tried. Done twice, it is done once.
-- KEYS: campaign, ledger, progress, done batches
-- ARGV: size of a batch, then indexes
-- Answers the number of recipients moved, or -1 where the campaign is not loading.
if redis.call('HGET', KEYS[1], 'status') ~= 'loading' then return -1 end
local size, moved, batches = tonumber(ARGV[1]), 0, {}
for a = 2, #ARGV do
  local index = tonumber(ARGV[a])
  local byte = redis.call('GETRANGE', KEYS[2], index, index)
  if byte ~= '' and string.byte(byte) % 16 == PENDING then
    rewrite(KEYS[2], KEYS[3], index, byte, function() return SKIPPED end)
    batches[math.floor(index / size)] = true
    moved = moved + 1
  end
end
for batch in pairs(batches) do note_if_done(KEYS[2], KEYS[4], batch, size) end
return moved
