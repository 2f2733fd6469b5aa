-- What every reservation keeps to; put in front of each bucket.

-- A provider's bucket refills at exactly its quota; a sender at exactly that rate could never give back what one late
-- message took. Two in a thousand are left for that.
local STRETCH = 1.002
