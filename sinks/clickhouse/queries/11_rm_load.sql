-- Load of the relationship managers
-- Customers, money, open alerts and the pressing ones among them, per relationship manager after the last
-- closed day.
WITH (SELECT max(day) FROM closes) AS today
SELECT
    r.rm_id AS rm_id,
    r.branch AS branch,
    count() AS customers,
    sum(t.aum_minor) AS money_minor,
    sum(a.open_alerts) AS open_alerts,
    sum(a.critical) AS critical,
    sum(a.due_in_7_days) AS due_in_7_days
FROM customer_tiers_on(day = (SELECT max(day) FROM closes)) AS t
LEFT JOIN rm_on(day = (SELECT max(day) FROM closes)) AS r ON r.customer_id = t.customer_id
LEFT JOIN
(
    SELECT
        customer_id,
        count() AS open_alerts,
        countIf(severity = 'CRITICAL') AS critical,
        countIf(act_by BETWEEN today AND today + 7) AS due_in_7_days
    FROM alerts
    WHERE state = 'OPEN'
    GROUP BY customer_id
) AS a ON a.customer_id = t.customer_id
WHERE t.scheme = {scheme:String} AND t.standing = 'ACTIVE'
GROUP BY rm_id, branch
ORDER BY open_alerts DESC, money_minor DESC, rm_id
