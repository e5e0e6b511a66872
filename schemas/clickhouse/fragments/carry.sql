toInt256(10000000000000000) AS e16,
-- x / d, half to even: the only rounding there is. Wide integers divide slowly, so what nobody asks for is an expression of its own.
(x, d) -> sign(x) * (intDiv(2 * abs(x) + d, 2 * d)
    - ((intDiv(2 * abs(x) + d, 2 * d) * 2 * d = 2 * abs(x) + d) AND bitAnd(intDiv(2 * abs(x) + d, 2 * d), 1) = 1)) AS half_even
SELECT
    customer_id,
    scheme,
    {day:Date} AS day,
    tier,
    tier_rank,
    tier_next,
    tier_rank_next,
    standing,
    misses,
    watch,
    since_day,
    down_on,
    lands_on,
    if(holding_keys = '', c.aum_minor, toInt64(half_even(value_e16, e16))) AS aum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, e16))) AS adb_sum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, greatest(elapsed, 1) * e16))) AS adb_to_date_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16 + days_left * value_e16, greatest(dv, 1) * e16))) AS adb_estimate_minor,
    -- The smallest deposit of the day after, held to the period's end, that reaches the threshold.
    if(unknown OR days_left = 0 OR deposit_weight_bp = 0, NULL,
        toInt64(greatest(toInt256(0), intDiv(missing_e16 + per_minor_e16 - 1, per_minor_e16)))) AS top_up_minor,
    if(last_chance > {day:Date}, last_chance, NULL) AS act_by,
    p_start AS period_start,
    p_end AS period_end,
    dv AS divisor,
    threshold_minor,
    next_threshold_minor,
    guarantee_until,
    written_on,
    policy_version,
    as_of,
    partition,
    offset
FROM
(
    SELECT
        *,
        p_end IS NULL OR dv = 0 OR period_kind = '' AS unknown,
        if(unknown, 1, toInt32(assumeNotNull(p_end) - {day:Date})) AS days_left,
        -- Days counted so far. A period since opening and one of its own length end with the divisor; one of 30 counts from its start.
        if(unknown, 1, if(day_count = 0, dv - days_left, toInt32({day:Date} - assumeNotNull(p_start)) + 1)) AS elapsed,
        toInt256(if(same, adb_sum_minor, 0)) * e16 + gained_e16 AS sum_e16,
        toInt256(dv) * threshold_minor * e16 - sum_e16 - days_left * value_e16 AS missing_e16,
        toInt256(greatest(days_left, 1)) * greatest(deposit_weight_bp, 1) * toInt256(1000000000000) AS per_minor_e16
    FROM
    (
        SELECT
            customer_id, scheme,
            any(h.tier) AS tier, any(h.tier_rank) AS tier_rank, any(h.tier_next) AS tier_next, any(h.tier_rank_next) AS tier_rank_next,
            any(h.standing) AS standing, any(h.misses) AS misses, any(h.watch) AS watch, any(h.since_day) AS since_day, any(h.down_on) AS down_on,
            any(h.lands_on) AS lands_on, any(h.aum_minor) AS aum_minor, any(h.adb_sum_minor) AS adb_sum_minor, any(h.period_kind) AS period_kind,
            any(h.day_count) AS day_count, any(h.threshold_minor) AS threshold_minor, any(h.next_threshold_minor) AS next_threshold_minor,
            any(h.deposit_weight_bp) AS deposit_weight_bp, any(h.holding_keys) AS holding_keys, any(h.guarantee_until) AS guarantee_until,
            any(h.written_on) AS written_on, any(h.policy_version) AS policy_version, any(h.as_of) AS as_of, any(h.partition) AS partition,
            any(h.offset) AS offset, any(h.same) AS same, any(h.p_start) AS p_start, any(h.p_end) AS p_end, any(h.dv) AS dv,
            any(h.last_chance) AS last_chance,
            sum(toInt256(quantity) * weight_bp * (
                (now_rate.before_e12 + toInt256(now_rate.rate_e12) * (toInt32({day:Date} - now_rate.day) + 1))
                - (base_rate.before_e12 + toInt256(base_rate.rate_e12) * (toInt32(base_day - base_rate.day) + 1)))) AS gained_e16,
            sum(toInt256(quantity) * weight_bp * now_rate.rate_e12) AS value_e16
        FROM
        (
            SELECT
                *, quantity,
                ifNull({day:Date} <= period_end, false) AS same,
                toInt32(period_end - period_start) + 1 AS days,
                multiIf(
                    same, period_start,
                    period_kind = 'MONTH', toStartOfMonth({day:Date}),
                    period_kind = 'QUARTER', toStartOfQuarter({day:Date}),
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32({day:Date} - period_start), days),
                    NULL) AS p_start,
                multiIf(
                    same, period_end,
                    period_kind = 'MONTH', toLastDayOfMonth({day:Date}),
                    period_kind = 'QUARTER', addQuarters(toStartOfQuarter({day:Date}), 1) - 1,
                    period_kind = 'DAYS', p_start + days - 1,
                    NULL) AS p_end,
                toInt32(multiIf(divisor = 0, 0, same, divisor, day_count > 0, day_count, ifNull(toInt32(p_end - p_start) + 1, 0))) AS dv,
                ifNull(if(same, written_on, p_start - 1), {day:Date}) AS base_day,
                -- The end of the period whose miss brings the fall; a lag is shorter than a period.
                multiIf(
                    period_kind = 'MONTH', toStartOfMonth(down_on) - 1,
                    period_kind = 'QUARTER', toStartOfQuarter(down_on) - 1,
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32(down_on - period_start), days) - 1,
                    NULL) AS last_chance,
                substring(key, 1, length(key) - position(reverse(key), '@')) AS unit,
                toInt32OrZero(splitByChar('@', key)[-1]) AS weight_bp
            FROM last
            LEFT ARRAY JOIN if(holding_keys = '', [], splitByChar(char(31), holding_keys)) AS key, holding_quantities AS quantity
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
) AS c
SETTINGS join_use_nulls = 0
