-- Moves a campaign from one status to another. One that is loaded and is to start later goes to 'scheduled' in place of
-- 'running'.
-- KEYS: campaign, ledger, progress
-- ARGV: new status, reason (or ''), then the statuses it may leave
-- Answers {1 if it moved or 0, the status it has now (or '' where there is no campaign)}
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return { 0, '' } end
local allowed = false
for i = 3, #ARGV do allowed = allowed or ARGV[i] == status end
if not allowed then return { 0, status } end
-- Asked for twice, it happened once: the reason and the times of the first stay.
if status == ARGV[1] then return { 1, status } end

local to, now = ARGV[1], now_us()
if status == 'loading' and to == 'running' and tonumber(redis.call('HGET', KEYS[1], 'start_us') or 0) > now then
  to = 'scheduled'
end
redis.call('HSET', KEYS[1], 'status', to)
note_event(KEYS[1], now, (to == 'running' and status == 'paused' and 'resumed' or to == 'running' and 'started' or to)
  .. (ARGV[2] == '' and '' or ': ' .. ARGV[2]))
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], 'reason') else redis.call('HSET', KEYS[1], 'reason', ARGV[2]) end
if to == 'running' then
  redis.call('HSETNX', KEYS[1], 'started_us', string.format('%.0f', now))
  -- Whoever resumes wants to see new attempts, not to be paused for the old ones, and the rate as it was set.
  redis.call('HDEL', KEYS[1], 'attempts', 'owed_slots')
end
if to == 'cancelled' then
  redis.call('HSET', KEYS[1], 'finished_us', string.format('%.0f', now))
  -- Whole stretches at a time: one byte at a time would hold up everybody else for a second at ten million.
  local bytes = redis.call('GET', KEYS[2]) or ''
  local moved = false
  for _, base in ipairs(CHANNEL_BASES) do
    local pending, cancelled = string.char(base + PENDING), string.char(base + CANCELLED)
    local count
    bytes, count = string.gsub(bytes, pending, cancelled)
    if count > 0 then
      redis.call('HINCRBY', KEYS[3], pending, -count)
      redis.call('HINCRBY', KEYS[3], cancelled, count)
      moved = true
    end
  end
  if moved then redis.call('SET', KEYS[2], bytes) end
end
if complete_if_done(KEYS[1], KEYS[3]) then to = 'completed' end
return { 1, to }
