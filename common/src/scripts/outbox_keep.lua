-- Sets how long ago a writer last kept the entries that it holds.
-- KEYS: outbox
-- ARGV: writer, most entries, that time in ms: 0 keeps them, the age of a take-over gives them back
-- Answers how many it holds.
local GROUP = 'table'
local held = redis.pcall('XPENDING', KEYS[1], GROUP, '-', '+', ARGV[2], ARGV[1])
if held.err or #held == 0 then return 0 end
local claim = { 'XCLAIM', KEYS[1], GROUP, ARGV[1], 0 }
for _, entry in ipairs(held) do claim[#claim + 1] = entry[1] end
for _, word in ipairs({ 'IDLE', ARGV[3], 'JUSTID' }) do claim[#claim + 1] = word end
redis.call(unpack(claim))
return #held
