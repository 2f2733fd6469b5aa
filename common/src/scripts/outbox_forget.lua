-- Forgets a campaign's outbox, unless it was noted again.
-- KEYS: outboxes
-- ARGV: campaign, when it was last noted
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('ZREM', KEYS[1], ARGV[1]) end
