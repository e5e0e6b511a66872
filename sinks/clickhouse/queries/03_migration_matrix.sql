-- Migration between two days
-- From which tier to which the customers went between the end of two days, with the money they hold at the
-- second. An empty tier: not a customer of the scheme on that day (not yet, or no longer), or without a tier.
SELECT
    a.tier AS from_tier,
    b.tier AS to_tier,
    count() AS customers,
    sum(b.aum_minor) AS money_minor
FROM (SELECT * FROM tier_on(day = {from:Date}) WHERE scheme = {scheme:String} AND standing != 'LEFT') AS a
FULL JOIN (SELECT * FROM tier_on(day = {to:Date}) WHERE scheme = {scheme:String} AND standing != 'LEFT') AS b ON a.customer_id = b.customer_id
GROUP BY from_tier, to_tier, a.tier_rank, b.tier_rank
ORDER BY a.tier_rank DESC, from_tier DESC, b.tier_rank DESC, to_tier DESC
