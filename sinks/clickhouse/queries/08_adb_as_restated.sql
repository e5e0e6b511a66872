-- Average daily balance from the events, as known now
-- The average of the calendar days of a period per customer, recomputed from events alone: opening positions,
-- bookings by value day, and the gaps that were healed. Late and corrected records count. Accounts in base
-- currency of the given types, no day below zero.
WITH
    toDate({from:Date}) AS first_day,
    toDate({to:Date}) AS last_day,
    movements AS
    (
        SELECT customer_id, account_id, day, balance AS amount
        FROM opening_balances
        WHERE account_type IN {types:Array(String)}
        UNION ALL
        -- Bookings; those up to an opening position are in it already.
        SELECT e.customer_id, e.account_id, e.value_day, e.flow_minor
        FROM events AS e
        LEFT JOIN opening_balances AS o ON o.customer_id = e.customer_id AND o.account_id = e.account_id
        WHERE e.account_type IN {types:Array(String)} AND e.unit = '' AND (o.account_id = '' OR e.business_day > o.day)
        UNION ALL
        -- What an account held before its first booking, where that booking tells.
        SELECT customer_id, account_id, toDate(0), argMin(balance_after - flow_minor, offset)
        FROM events
        WHERE account_type IN {types:Array(String)} AND unit = '' AND (customer_id, account_id) NOT IN (SELECT customer_id, account_id FROM opening_balances)
        GROUP BY customer_id, account_id
        HAVING argMin(balance_after IS NOT NULL, offset)
        UNION ALL
        SELECT customer_id, account_id, assumeNotNull(day), amount
        FROM verdicts
        WHERE kind = 'healed'
            AND (customer_id, account_id) IN (SELECT customer_id, account_id FROM events WHERE account_type IN {types:Array(String)} AND unit = '')
    )
SELECT
    customer_id,
    sum(greatest(balance, 0) * days) AS sum_minor_days,
    round(sum_minor_days / (last_day - first_day + 1), 2) AS adb_minor
FROM
(
    SELECT
        customer_id, account_id,
        sum(sum(amount)) OVER account AS balance,
        leadInFrame(greatest(day, first_day), 1, last_day + 1) OVER (account ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) - greatest(day, first_day) AS days
    FROM movements
    WHERE day <= last_day
    GROUP BY customer_id, account_id, day
    WINDOW account AS (PARTITION BY customer_id, account_id ORDER BY day)
)
GROUP BY customer_id
ORDER BY customer_id
