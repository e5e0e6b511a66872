-- Tiers and money now
-- How many customers each tier has after the last closed day, their money, its share, and what the running
-- period's average will be if nothing happens. Money is in minor units of base currency, per scheme: never add
-- schemes up, they count the same money. Of a scheme that goes by a score there is no money to tell.
WITH (SELECT countIf(period_kind != '' OR notEmpty(holding_units)) > 0 FROM customer_tiers WHERE scheme = {scheme:String}) AS by_money
SELECT
    tier_next AS tier,
    count() AS customers,
    if(by_money, sum(aum_minor), NULL) AS money_minor,
    round(100 * money_minor / sum(money_minor) OVER (), 1) AS money_percent,
    sum(adb_estimate_minor) AS estimate_minor
FROM customer_tiers_on(day = (SELECT max(day) FROM closes))
WHERE scheme = {scheme:String} AND standing = 'ACTIVE'
GROUP BY tier, tier_rank_next
ORDER BY tier_rank_next DESC
