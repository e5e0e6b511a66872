-- Average daily balance from the events, as known now
-- The average of the calendar days of a period per customer, recomputed from events alone: reported positions,
-- bookings by value day, and the gaps that were healed. Late and corrected records count; days on which an
-- account was not known count nothing. Accounts in base currency of the given types, no day below zero.
WITH
    toDate({from:Date}) AS from_day,
    toDate({to:Date}) AS to_day,
    (SELECT any(unit) FROM rates WHERE day = toDate(0)) AS base,
    -- Bookings that were posted and that their status has taken back: where that was. The view events shows their last record only.
    undone AS
    (
        SELECT customer_id, event_id, min(offset) AS posted_at
        FROM events_raw
        WHERE status = 'POSTED' AND (customer_id, event_id) IN (SELECT customer_id, event_id FROM verdicts WHERE kind = 'reversed' AND about_offset = -1)
        GROUP BY customer_id, event_id
    ),
    -- A booking counts from where it was posted. One that never was, pending or failed, moves nothing and tells nothing.
    booked AS
    (
        SELECT
            e.customer_id AS customer_id, e.account_id AS account_id, e.business_day AS business_day, e.value_day AS value_day,
            e.balance_after AS balance_after, e.balance_after IS NOT NULL AND e.balance_trust != 'NONE' AS tells, e.flow_minor AS flow_minor,
            if(e.direction = 'CREDIT', e.base_amount_minor, -e.base_amount_minor) AS moved, if(e.status = 'POSTED', e.offset, u.posted_at) AS offset
        FROM events AS e
        LEFT JOIN undone AS u ON u.customer_id = e.customer_id AND u.event_id = e.event_id
        WHERE e.account_type IN {types:Array(String)} AND e.unit = '' AND e.currency = base AND (e.status = 'POSTED' OR u.posted_at > 0)
    ),
    opened AS (SELECT * FROM opening_balances WHERE account_type IN {types:Array(String)} AND (unit = '' OR unit = base)),
    -- What bookings say of an account: which was the first to tell the balance, and of those of the days up to its
    -- reported position the sum, and the first value day of those that came behind that in the log.
    told AS
    (
        SELECT
            b.customer_id AS customer_id, b.account_id AS account_id, minIf(b.offset, b.tells) AS told_at,
            sumIf(b.flow_minor, b.business_day <= o.day) AS within,
            min(if(b.business_day <= o.day AND b.offset > o.offset, least(b.value_day, o.day), o.day)) AS known_from
        FROM booked AS b
        LEFT JOIN opened AS o ON o.customer_id = b.customer_id AND o.account_id = b.account_id
        GROUP BY b.customer_id, b.account_id
    ),
    -- The balance from which an account is known, before all its bookings: that of its first reported position, else of
    -- the first booking if that tells the balance. A position reported after a booking told the balance only reconciles that.
    pinned AS
    (
        SELECT
            o.customer_id AS customer_id, o.account_id AS account_id,
            if(t.known_from = toDate(0), o.day, t.known_from) AS known_from, toInt64(o.balance) - t.within AS amount
        FROM opened AS o
        LEFT JOIN told AS t ON t.customer_id = o.customer_id AND t.account_id = o.account_id
        WHERE t.told_at = 0 OR o.offset < t.told_at
        UNION ALL
        SELECT customer_id, account_id, known_from, start.3 - start.4 - earlier AS amount
        FROM
        (
            SELECT
                customer_id, account_id, argMin(business_day, offset) AS pin, min(value_day) AS known_from,
                arraySort(groupArrayIf((offset, business_day, assumeNotNull(balance_after), moved), tells)) AS rows_told,
                arrayFilter(r -> r.2 = pin, rows_told) AS first_day,
                -- The day began with the row that follows no other of that day: rows of one day may come in any order.
                arrayFilter(r -> arrayCount(q -> q.3 = r.3 - r.4 AND q.1 != r.1, first_day) = 0, first_day) AS follow_none,
                -- A gap healed on that day tells of a source in order, where the first row began it even if balances make a ring.
                if((customer_id, account_id, pin) IN (SELECT customer_id, account_id, assumeNotNull(day) FROM verdicts WHERE kind = 'healed'),
                    first_day, arrayConcat(follow_none, first_day))[1] AS start,
                -- Bookings before the pin that came late change the days before it only.
                arraySum(e -> if(e.1 < pin, e.2, 0), groupArray((business_day, flow_minor))) AS earlier
            FROM booked
            LEFT JOIN (SELECT customer_id, account_id, offset AS opened_at FROM opened) AS o USING (customer_id, account_id)
            GROUP BY customer_id, account_id
            HAVING argMin(tells, offset) AND (any(opened_at) = 0 OR min(offset) < any(opened_at))
        )
    ),
    movements AS
    (
        SELECT customer_id, account_id, known_from AS day, amount, known_from FROM pinned
        UNION ALL
        SELECT customer_id, account_id, value_day, flow_minor, toDate(0) FROM booked
        UNION ALL
        SELECT h.customer_id, h.account_id, assumeNotNull(h.day), h.amount, toDate(0)
        FROM verdicts AS h
        INNER JOIN (SELECT customer_id, account_id FROM booked UNION DISTINCT SELECT customer_id, account_id FROM opened) AS k
            ON k.customer_id = h.customer_id AND k.account_id = h.account_id
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
            ifNull(toDate(any(m.closed_day)), to_day + 1)) AS until
    FROM
    (
        SELECT
            v.customer_id AS customer_id, v.account_id AS account_id, v.amount AS amount, a.closed_day AS closed_day,
            multiIf(
                -- What moved on days that are not known is in the balance of the first known one.
                a.opened_day IS NULL, greatest(v.day, max(v.known_from) OVER (PARTITION BY v.customer_id, v.account_id)),
                -- An account whose opening day is known held the balance it is known from since then.
                v.known_from > toDate(0), toDate(assumeNotNull(a.opened_day)),
                v.day) AS day
        FROM movements AS v
        LEFT JOIN accounts AS a ON a.customer_id = v.customer_id AND a.account_id = v.account_id
    ) AS m
    WHERE m.day <= to_day
    GROUP BY m.customer_id, m.account_id, m.day
    WINDOW account AS (PARTITION BY m.customer_id, m.account_id ORDER BY m.day)
)
GROUP BY customer_id
ORDER BY customer_id
