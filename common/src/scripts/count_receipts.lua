-- Counts reports by kind. Kinds come from outside: past so many, a new one is counted as 'other'.
-- KEYS: counts
-- ARGV: most kinds, then for each kind: its name, how many
for a = 2, #ARGV, 2 do
  local kind = ARGV[a]
  if redis.call('HEXISTS', KEYS[1], kind) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[1]) then
    kind = 'other'
  end
  redis.call('HINCRBY', KEYS[1], kind, ARGV[a + 1])
end
