-- Finds the campaigns to whose outbox nothing was added for a while.
-- KEYS: outboxes
-- ARGV: that while, in seconds
-- Answers each campaign, followed by when it was last noted.
local before = redis.call('TIME')[1] - ARGV[1]
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', before, 'WITHSCORES')
