-- Average daily balance from the events, as it was decided
-- The same average from what the log held when the period's last day was closed: records and verdicts after
-- that CLOSE do not count. Where it differs from the one as known now, something came late.
WITH
    toDate({from:Date}) AS first_day,
    toDate({to:Date}) AS last_day,
    judged AS
    (
        SELECT v.* FROM verdicts AS v
        INNER JOIN closes AS c ON c.partition = v.partition AND c.day = last_day
        WHERE v.offset <= c.offset
    ),
    known AS
    (
        SELECT
            e.*,
            multiIf(e.status != 'POSTED', 0, e.direction = 'CREDIT', e.base_amount_minor, -e.base_amount_minor) AS flow_minor
        FROM (SELECT * FROM events_raw FINAL) AS e
        INNER JOIN closes AS c ON c.partition = e.partition AND c.day = last_day
        WHERE e.offset < c.offset AND e.account_type IN {types:Array(String)} AND e.unit = ''
            AND (e.partition, e.offset) NOT IN
                (SELECT partition, about_offset FROM judged WHERE kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked'))
    ),
    opened AS
    (
        SELECT o.* FROM opening_balances AS o
        INNER JOIN closes AS c ON c.partition = o.partition AND c.day = last_day
        WHERE o.offset < c.offset AND o.account_type IN {types:Array(String)}
    ),
    movements AS
    (
        SELECT customer_id, account_id, day, balance AS amount FROM opened
        UNION ALL
        SELECT e.customer_id, e.account_id, e.value_day, e.flow_minor
        FROM known AS e
        LEFT JOIN opened AS o ON o.customer_id = e.customer_id AND o.account_id = e.account_id
        WHERE o.account_id = '' OR e.business_day > o.day
        UNION ALL
        SELECT customer_id, account_id, toDate(0), argMin(balance_after - flow_minor, offset)
        FROM known
        WHERE (customer_id, account_id) NOT IN (SELECT customer_id, account_id FROM opened)
        GROUP BY customer_id, account_id
        HAVING argMin(balance_after IS NOT NULL, offset)
        UNION ALL
        SELECT customer_id, account_id, assumeNotNull(day), amount
        FROM judged
        WHERE kind = 'healed' AND (customer_id, account_id) IN (SELECT customer_id, account_id FROM known)
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
