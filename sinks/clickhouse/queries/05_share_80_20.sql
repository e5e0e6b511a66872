-- How few hold most of the money (80/20)
-- The smallest group of customers that holds at least 80 percent of the money after the last closed day.
SELECT
    countIf(before < 0.8 * total) AS customers,
    count() AS of_all,
    round(100 * customers / of_all, 1) AS customers_percent,
    round(100 * sumIf(money, before < 0.8 * total) / any(total), 1) AS money_percent
FROM
(
    SELECT
        aum_minor AS money,
        sum(money) OVER () AS total,
        sum(money) OVER (ORDER BY money DESC, customer_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM customer_tiers_on(day = (SELECT max(day) FROM closes))
    WHERE scheme = {scheme:String} AND standing = 'ACTIVE'
)
