-- Where the money came from, by month and branch
-- What flowed in and out, in base currency, by kind of flow: NEW_MONEY to and from outside, INTERNAL among the
-- customer's own holdings, MARKET what holdings earned and cost, FX, CORRECTION. The branch is the one that
-- looked after the customer on the day of the booking.
SELECT
    toStartOfMonth(e.business_day) AS month,
    r.branch AS branch,
    e.flow_kind AS flow_kind,
    sumIf(e.flow_minor, e.flow_minor > 0) AS in_minor,
    -sumIf(e.flow_minor, e.flow_minor < 0) AS out_minor,
    in_minor - out_minor AS net_minor
FROM events AS e
ASOF LEFT JOIN
(
    -- What held from each day on, as rm_on says: the last word, also where it is about an earlier day.
    SELECT customer_id, business_day, argMax(branch, (event_time, source_seq, offset)) OVER (PARTITION BY customer_id ORDER BY business_day) AS branch
    FROM rm_assignments
) AS r ON r.customer_id = e.customer_id AND r.business_day <= e.business_day
WHERE e.business_day BETWEEN {from:Date} AND {to:Date} AND e.status = 'POSTED' AND e.flow_kind != ''
GROUP BY month, branch, flow_kind
ORDER BY month, branch, flow_kind
