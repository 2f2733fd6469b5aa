-- Takes the oldest entries of a campaign's outbox for one writer. While anybody holds some, nobody gets any that come
-- behind them; those of a writer that did not keep them are another's.
-- KEYS: outbox
-- ARGV: writer, most entries, age in ms from which what another holds is taken over
-- Answers {1 if somebody had them before or 0, the entries}
local GROUP = 'table'
local outbox, writer, most, take_over = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
if redis.call('XLEN', outbox) == 0 then return { 0, {} } end
-- It is there from the second time on, and then this is refused.
redis.pcall('XGROUP', 'CREATE', outbox, GROUP, '0')

local mine = {}
local held = redis.call('XPENDING', outbox, GROUP, '-', '+', most)
for _, entry in ipairs(held) do
  local id, holder, idle = entry[1], entry[2], entry[3]
  if holder == writer or idle >= take_over then mine[#mine + 1] = id end
end
if #held > #mine then return { 0, {} } end
if #held > 0 then
  local entries = {}
  for _, id in ipairs(mine) do
    local claimed = redis.call('XCLAIM', outbox, GROUP, writer, 0, id)[1]
    -- One that is held and was let go is no entry any more.
    if claimed then entries[#entries + 1] = claimed else redis.call('XACK', outbox, GROUP, id) end
  end
  return { 1, entries }
end
local new = redis.call('XREADGROUP', 'GROUP', GROUP, writer, 'COUNT', most, 'STREAMS', outbox, '>')
return { 0, new and new[1][2] or {} }
