-- Notes that something may be added to a campaign's outbox from now on.
-- KEYS: outboxes
-- ARGV: campaign
redis.call('ZADD', KEYS[1], redis.call('TIME')[1], ARGV[1])
