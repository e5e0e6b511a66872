SELECT
    customer_id,
    scheme,
    {day:Date} AS day,
    held.1 AS tier,
    held.2 AS tier_rank,
    s.tier AS tier_next,
    s.tier_rank AS tier_rank_next,
    s.standing AS standing,
    s.misses AS misses,
    s.watch AS watch,
    s.since_day AS since_day,
    s.down_on AS down_on,
    s.lands_on AS lands_on,
    if(s.holding_keys = '', s.aum_minor, toInt64(rounded[1])) AS aum_minor,
    if(unknown, NULL, toInt64(rounded[2])) AS adb_sum_minor,
    if(unknown, NULL, toInt64(rounded[3])) AS adb_to_date_minor,
    if(unknown, NULL, toInt64(rounded[4])) AS adb_estimate_minor,
    -- The smallest deposit of the day after, held to the period's end, that reaches the threshold.
    if(unknown OR days_left = 0 OR s.deposit_weight_bp = 0, NULL,
        toInt64(greatest(toInt256(0), intDiv(missing_e16 + per_minor_e16 - 1, per_minor_e16)))) AS top_up_minor,
    if(last_chance > {day:Date}, last_chance, NULL) AS act_by,
    p_start AS period_start,
    p_end AS period_end,
    dv AS divisor,
    s.threshold_minor AS threshold_minor,
    s.next_threshold_minor AS next_threshold_minor,
    s.guarantee_until AS guarantee_until,
    s.day AS written_on,
    s.policy_version AS policy_version,
    s.as_of AS as_of,
    s.partition AS partition,
    s.offset AS offset
FROM
(
    SELECT
        *,
        p_end IS NULL OR dv = 0 OR s.period_kind = '' AS unknown,
        if(unknown, 1, toInt32(assumeNotNull(p_end) - {day:Date})) AS days_left,
        -- Days counted so far. A period since opening and one of its own length end with the divisor; one of 30 counts from its start.
        if(unknown, 1, if(s.day_count = 0, dv - days_left, toInt32({day:Date} - assumeNotNull(p_start)) + 1)) AS elapsed,
        toInt256(if(same, s.adb_sum_minor, 0)) * toInt256(10000000000000000) + gained_e16 AS sum_e16,
        toInt256(dv) * s.threshold_minor * toInt256(10000000000000000) - sum_e16 - days_left * value_e16 AS missing_e16,
        toInt256(greatest(days_left, 1)) * greatest(s.deposit_weight_bp, 1) * toInt256(1000000000000) AS per_minor_e16,
        -- Rounded once, half to even.
        arrayMap(
            (x, d) -> sign(x) * (intDiv(2 * abs(x) + d, 2 * d) - (((2 * abs(x) + d) % (2 * d) = 0) AND (intDiv(2 * abs(x) + d, 2 * d) % 2 = 1))),
            [value_e16, sum_e16, sum_e16, sum_e16 + days_left * value_e16],
            arrayMap(n -> greatest(toInt256(n), 1) * toInt256(10000000000000000), [1, 1, elapsed, dv])) AS rounded
    FROM
    (
        SELECT
            customer_id, scheme, any(held) AS held, any(s) AS s, any(same) AS same, any(p_start) AS p_start, any(p_end) AS p_end,
            any(dv) AS dv, any(last_chance) AS last_chance,
            sum(toInt256(quantity) * weight_bp * (
                (now_rate.before_e12 + toInt256(now_rate.rate_e12) * (toInt32({day:Date} - now_rate.day) + 1))
                - (base_rate.before_e12 + toInt256(base_rate.rate_e12) * (toInt32(base_day - base_rate.day) + 1)))) AS gained_e16,
            sum(toInt256(quantity) * weight_bp * now_rate.rate_e12) AS value_e16
        FROM
        (
            SELECT
                *,
                {day:Date} <= s.period_end AS in_period,
                ifNull(in_period, false) AS same,
                toInt32(s.period_end - s.period_start) + 1 AS days,
                multiIf(
                    same, s.period_start,
                    s.period_kind = 'MONTH', toStartOfMonth({day:Date}),
                    s.period_kind = 'QUARTER', toStartOfQuarter({day:Date}),
                    s.period_kind = 'DAYS', s.period_start + days * intDiv(toInt32({day:Date} - s.period_start), days),
                    NULL) AS p_start,
                multiIf(
                    same, s.period_end,
                    s.period_kind = 'MONTH', toLastDayOfMonth({day:Date}),
                    s.period_kind = 'QUARTER', addQuarters(toStartOfQuarter({day:Date}), 1) - 1,
                    s.period_kind = 'DAYS', p_start + days - 1,
                    NULL) AS p_end,
                toInt32(multiIf(s.divisor = 0, 0, same, s.divisor, s.day_count > 0, s.day_count, ifNull(toInt32(p_end - p_start) + 1, 0))) AS dv,
                ifNull(if(same, s.day, p_start - 1), {day:Date}) AS base_day,
                -- The end of the period whose miss brings the fall; a lag is shorter than a period.
                multiIf(
                    s.period_kind = 'MONTH', toStartOfMonth(s.down_on) - 1,
                    s.period_kind = 'QUARTER', toStartOfQuarter(s.down_on) - 1,
                    s.period_kind = 'DAYS', s.period_start + days * intDiv(toInt32(s.down_on - s.period_start), days) - 1,
                    NULL) AS last_chance,
                unit, quantity, weight_bp
            FROM
            (
                SELECT *, key, quantity,
                    substring(key, 1, length(key) - position(reverse(key), '@')) AS unit,
                    toInt32OrZero(splitByChar('@', key)[-1]) AS weight_bp
                FROM last
                LEFT ARRAY JOIN if(s.holding_keys = '', [], splitByChar(char(31), s.holding_keys)) AS key, s.quantities AS quantity
            )
        ) AS h
        ASOF LEFT JOIN ${database}.rate_sums AS base_rate ON base_rate.unit = h.unit AND base_rate.day <= h.base_day
        LEFT JOIN
        (
            SELECT unit, argMax(r.rate_e12, r.day) AS rate_e12, argMax(r.before_e12, r.day) AS before_e12, max(r.day) AS day
            FROM ${database}.rate_sums AS r
            WHERE r.day <= {day:Date}
            GROUP BY unit
        ) AS now_rate ON now_rate.unit = h.unit
        GROUP BY customer_id, scheme
    )
)
SETTINGS join_use_nulls = 0
