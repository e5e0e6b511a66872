-- Of each column the value of the newest row: a column that nobody asks for is not read. argMax would pass over a NULL.
    WITH
        bitOr(bitShiftLeft(toUInt128(toUInt16(r.day)), 64), r.version) AS at,
        ifNull(r.since_day, r.day) <= {day:Date} AS in_force
    SELECT
        r.customer_id AS customer_id, r.scheme AS scheme,
        argMaxIf(r.tier, at, in_force) AS tier, argMaxIf(r.tier_rank, at, in_force) AS tier_rank,
        max(r.day) AS written_on, argMax(r.tier, at) AS tier_next, argMax(r.tier_rank, at) AS tier_rank_next, argMax(r.standing, at) AS standing,
        argMax(r.misses, at) AS misses, argMax(r.watch, at) AS watch, nullIf(argMax(ifNull(r.since_day, toDate(0)), at), toDate(0)) AS since_day,
        nullIf(argMax(ifNull(r.down_on, toDate(0)), at), toDate(0)) AS down_on, argMax(r.lands_on, at) AS lands_on,
        argMax(r.aum_minor, at) AS aum_minor, argMax(r.adb_sum_minor, at) AS adb_sum_minor,
        nullIf(argMax(ifNull(r.period_start, toDate(0)), at), toDate(0)) AS period_start,
        nullIf(argMax(ifNull(r.period_end, toDate(0)), at), toDate(0)) AS period_end, argMax(r.period_kind, at) AS period_kind,
        argMax(r.day_count, at) AS day_count, argMax(r.divisor, at) AS divisor, argMax(r.threshold_minor, at) AS threshold_minor,
        argMax(r.next_threshold_minor, at) AS next_threshold_minor, argMax(r.deposit_weight_bp, at) AS deposit_weight_bp,
        argMax(r.holding_keys, at) AS holding_keys, argMax(r.holding_quantities, at) AS holding_quantities,
        nullIf(argMax(ifNull(r.guarantee_until, toDate(0)), at), toDate(0)) AS guarantee_until, argMax(r.policy_version, at) AS policy_version,
        argMax(r.as_of, at) AS as_of, argMax(r.partition, at) AS partition, argMax(r.offset, at) AS offset
