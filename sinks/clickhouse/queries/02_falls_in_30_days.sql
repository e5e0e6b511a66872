-- Who falls within 30 days, by relationship manager, by money
-- Customers who lose their tier within 30 days of the last closed day if nothing happens: the money they
-- hold, the first fall, the last day to act that comes first, and the deposits that would keep them all.
WITH (SELECT max(day) FROM closes) AS today
SELECT
    r.rm_id AS rm_id,
    r.branch AS branch,
    count() AS customers,
    sum(t.aum_minor) AS money_minor,
    min(t.down_on) AS first_fall,
    min(t.act_by) AS act_by,
    sum(t.top_up_minor) AS top_up_minor
FROM customer_tiers_on(day = (SELECT max(day) FROM closes)) AS t
LEFT JOIN rm_on(day = (SELECT max(day) FROM closes)) AS r ON r.customer_id = t.customer_id
WHERE t.scheme = {scheme:String} AND t.down_on <= today + 30
GROUP BY rm_id, branch
ORDER BY money_minor DESC, rm_id
