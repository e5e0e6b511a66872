-- Average daily balance from the events, as it was decided
-- The same average from what the log held when the period's last day was closed: records and verdicts after
-- that CLOSE do not count. Where it differs from the one as known now, something came late.
WITH
    toDate({from:Date}) AS from_day,
    toDate({to:Date}) AS to_day,
    booked AS (SELECT * FROM events_decided(day = {to:Date}) WHERE account_type IN {types:Array(String)} AND unit = ''),
    opened AS
    (
        SELECT o.* FROM opening_balances AS o
        INNER JOIN closes AS c ON c.partition = o.partition
        WHERE c.day = to_day AND o.offset < c.offset AND o.account_type IN {types:Array(String)}
    ),
    told AS (SELECT customer_id, account_id, min(offset) AS told_at FROM booked WHERE balance_after IS NOT NULL GROUP BY customer_id, account_id),
    -- The place from which an account is known: its first reported position, else the first booking if that tells the
    -- balance. What was booked up to there is in it already. A position reported after a booking told the balance only
    -- reconciles that.
    pinned AS
    (
        SELECT o.customer_id AS customer_id, o.account_id AS account_id, true AS reported, o.day AS pin, o.day AS known_from, toInt64(o.balance) AS amount
        FROM opened AS o
        LEFT JOIN told AS t ON t.customer_id = o.customer_id AND t.account_id = o.account_id
        WHERE t.told_at = 0 OR o.offset < t.told_at
        UNION ALL
        SELECT customer_id, account_id, false AS reported, pin, known_from, start.3 - start.4 - earlier AS amount
        FROM
        (
            SELECT
                customer_id, account_id, argMin(business_day, offset) AS pin, min(value_day) AS known_from,
                arraySort(groupArrayIf((offset, business_day, assumeNotNull(balance_after), flow_minor), balance_after IS NOT NULL)) AS rows_told,
                arrayFilter(r -> r.2 = pin, rows_told) AS first_day,
                -- The day began with the row that follows no other of that day: rows of one day may come in any order.
                arrayFilter(r -> arrayCount(q -> q.3 = r.3 - r.4 AND q.1 != r.1, first_day) = 0, first_day) AS follow_none,
                -- A gap healed on that day tells of a source in order, where the first row began it even if balances make a ring.
                if((customer_id, account_id, pin) IN (SELECT customer_id, account_id, assumeNotNull(day) FROM verdicts_decided(day = {to:Date}) WHERE kind = 'healed'),
                    first_day, arrayConcat(follow_none, first_day))[1] AS start,
                -- Bookings before the pin that came late change the days before it only.
                arraySum(e -> if(e.1 < pin, e.2, 0), groupArray((business_day, flow_minor))) AS earlier
            FROM booked
            LEFT JOIN (SELECT customer_id, account_id, offset AS opened_at FROM opened) AS o USING (customer_id, account_id)
            GROUP BY customer_id, account_id
            HAVING argMin(balance_after IS NOT NULL, offset) AND (any(opened_at) = 0 OR min(offset) < any(opened_at))
        )
    ),
    movements AS
    (
        -- An account whose opening day is known held that balance since then.
        SELECT p.customer_id AS customer_id, p.account_id AS account_id,
            if(a.opened_day IS NOT NULL AND a.opened_day < p.known_from, greatest(toDate(a.opened_day), toDate(0)), p.known_from) AS day, p.amount AS amount
        FROM pinned AS p
        LEFT JOIN accounts AS a ON a.customer_id = p.customer_id AND a.account_id = p.account_id
        UNION ALL
        SELECT b.customer_id, b.account_id, b.value_day, b.flow_minor
        FROM booked AS b
        LEFT JOIN pinned AS p ON p.customer_id = b.customer_id AND p.account_id = b.account_id
        WHERE NOT p.reported OR b.business_day > p.pin
        UNION ALL
        SELECT h.customer_id, h.account_id, assumeNotNull(h.day), h.amount
        FROM verdicts_decided(day = {to:Date}) AS h
        -- Joined, not IN: in a list that goes to other shards a view loses its parameters.
        INNER JOIN (SELECT DISTINCT customer_id, account_id FROM booked) AS b ON b.customer_id = h.customer_id AND b.account_id = h.account_id
        WHERE h.kind = 'healed'
    )
SELECT
    customer_id,
    sum(greatest(balance, 0) * greatest(until - since, 0)) AS sum_minor_days,
    round(sum_minor_days / (to_day - from_day + 1), 2) AS adb_minor
FROM
(
    SELECT
        m.customer_id AS customer_id,
        sum(sum(m.amount)) OVER account AS balance,
        greatest(m.day, from_day) AS since,
        -- A closed account counts nothing from its closing.
        least(
            leadInFrame(greatest(m.day, from_day), 1, to_day + 1) OVER (account ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
            ifNull(toDate(any(a.closed_day)), to_day + 1)) AS until
    FROM movements AS m
    LEFT JOIN accounts AS a ON a.customer_id = m.customer_id AND a.account_id = m.account_id
    WHERE m.day <= to_day
    GROUP BY m.customer_id, m.account_id, m.day
    WINDOW account AS (PARTITION BY m.customer_id, m.account_id ORDER BY m.day)
)
GROUP BY customer_id
ORDER BY customer_id
