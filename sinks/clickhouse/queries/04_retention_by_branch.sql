-- Retention of tiers by branch (保级率)
-- Of the customers above the lowest tier at the end of the first day, how many have that tier or a higher one
-- at the end of the second; by the branch that looked after them on the first day.
SELECT
    r.branch AS branch,
    count() AS customers,
    countIf(b.standing = 'ACTIVE' AND b.tier_rank >= a.tier_rank) AS kept,
    round(100 * kept / customers, 1) AS kept_percent
FROM tier_on(day = {from:Date}) AS a
LEFT JOIN (SELECT * FROM tier_on(day = {to:Date}) WHERE scheme = {scheme:String}) AS b ON b.customer_id = a.customer_id
LEFT JOIN rm_on(day = {from:Date}) AS r ON r.customer_id = a.customer_id
WHERE a.scheme = {scheme:String} AND a.standing = 'ACTIVE' AND a.tier_rank > 0
GROUP BY branch
ORDER BY kept_percent, branch
