-- tier_on and customer_tiers_on take the tier in force from the rows that stand: of a day that was written again, a
-- replaced row that merges have not taken away yet may have been in force where the newer one is not.

CREATE OR REPLACE VIEW ${database}.tier_on
COMMENT 'tier_on(day = …): tier and money of every customer at the end of that day, carried through days without a row by that day''s rates. tier is the one in force on the day, tier_next the one from the day after'
AS WITH last AS
(
    ${include:newest}
    FROM ${database}.customer_snapshots_raw AS r FINAL
    WHERE r.day <= {day:Date}
    GROUP BY customer_id, scheme
),
${include:carry}, do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW ${database}.customer_tiers_on
COMMENT 'customer_tiers_on(day = …): the same answer as tier_on(day = …). Quicker where hardly a customer was written after that day: for the last day closed, also while the next one is being closed, and for days to come'
AS WITH last AS
(
    SELECT *
    FROM
    (
        -- Customers whose newest row holds on the day, their tier in force: these are nearly all.
        SELECT
            r.customer_id AS customer_id, r.scheme AS scheme, r.tier AS tier, r.tier_rank AS tier_rank,
            r.day AS written_on, r.tier AS tier_next, r.tier_rank AS tier_rank_next,
            r.standing AS standing, r.misses AS misses, r.watch AS watch, r.since_day AS since_day, r.down_on AS down_on, r.lands_on AS lands_on,
            r.aum_minor AS aum_minor, r.adb_sum_minor AS adb_sum_minor, r.period_start AS period_start, r.period_end AS period_end,
            r.period_kind AS period_kind, r.day_count AS day_count, r.divisor AS divisor, r.threshold_minor AS threshold_minor,
            r.next_threshold_minor AS next_threshold_minor, r.deposit_weight_bp AS deposit_weight_bp, r.holding_keys AS holding_keys,
            r.holding_quantities AS holding_quantities, r.guarantee_until AS guarantee_until, r.policy_version AS policy_version, r.as_of AS as_of,
            r.partition AS partition, r.offset AS offset
        FROM ${database}.customer_tiers_raw AS r FINAL
        WHERE r.day <= {day:Date} AND ifNull(r.since_day, r.day) <= {day:Date}
        UNION ALL
        -- The others as tier_on has them. Read after the first part: who was written in between is in both.
        SELECT *
        FROM
        (
            ${include:newest}
            FROM ${database}.customer_snapshots_raw AS r FINAL
            WHERE r.day <= {day:Date} AND (r.customer_id, r.scheme) IN
            (
                SELECT n.customer_id, n.scheme
                FROM ${database}.customer_tiers_raw AS n
                WHERE n.day > {day:Date} OR n.since_day > {day:Date}
            )
            GROUP BY customer_id, scheme
        )
    )
    LIMIT 1 BY customer_id, scheme
),
${include:carry}, do_not_merge_across_partitions_select_final = 1;
