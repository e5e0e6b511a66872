-- Precision of downgrade alerts, and how early they came
-- Of the alerts whose first projected day has come, how many customers fell by that day, how many were saved
-- (the alert cleared first), and how many days before the fall the median alert was opened. An alert that made
-- somebody act is counted as saved, not as wrong.
WITH first AS
(
    SELECT
        customer_id, alert_id, any(scheme) AS scheme, any(code) AS code,
        argMin(falls_on, revision) AS projected, min(opened_day) AS opened,
        argMax(state, revision) AS last_state
    FROM alert_history
    GROUP BY customer_id, alert_id
    HAVING code = 'VALUE_DOWNGRADE_PROJECTED' AND projected <= (SELECT max(day) FROM closes) + 1
)
SELECT
    f.scheme AS scheme,
    count() AS alerts,
    countIf(fell_on > toDate(0)) AS fell,
    countIf(fell_on = toDate(0) AND f.last_state = 'AUTO_RESOLVED') AS saved,
    round(100 * fell / (alerts - saved), 1) AS precision_percent,
    quantileExactIf(0.5)(fell_on - f.opened, fell_on > toDate(0)) AS median_lead_days
FROM
(
    SELECT
        f.alert_id, f.scheme, f.last_state, f.opened,
        minIf(c.effective_day, c.kind = 'DOWNGRADED' AND c.effective_day > f.opened AND c.effective_day <= f.projected) AS fell_on
    FROM first AS f
    LEFT JOIN (SELECT * FROM tier_changes WHERE NOT superseded) AS c ON c.customer_id = f.customer_id AND c.scheme = f.scheme
    GROUP BY f.alert_id, f.scheme, f.last_state, f.opened, f.projected
) AS f
GROUP BY scheme
ORDER BY scheme
