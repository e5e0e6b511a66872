-- Rates and prices, as the fold uses them.

CREATE TABLE IF NOT EXISTS ${database}.rates_raw
(
    unit LowCardinality(String) COMMENT 'Currency or fund code; the base currency itself stands on 1970-01-01 with rate 1',
    day Date COMMENT 'Day of the rate',
    offset UInt64 COMMENT 'Offset in partition 0 of tierwatch.events',
    term Int64 COMMENT 'Writer of the record; a term below an earlier one is ignored',
    rate_e12 Int64 COMMENT 'Base minor units per smallest unit, times 10^12' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (unit, day, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Rates as they came, from partition 0 (all partitions carry the same); read the view rates';

CREATE OR REPLACE VIEW ${database}.rates
COMMENT 'One rate per unit and day: the last that came before its day was fixed. A day without one keeps the rate before it'
AS WITH
    (SELECT (argMax(fx_lag_days, offset), argMax(nav_lag_days, offset)) FROM ${database}.control_raw WHERE kind = 'engine' AND partition = 0) AS lag
SELECT
    unit,
    day,
    argMax(rate, came_at) AS rate_e12,
    max(came_at) AS offset
FROM
(
    SELECT
        r.unit AS unit, r.day AS day, r.rate_e12 AS rate, r.offset AS came_at, r.term AS term,
        t.ruling AS ruling, c.offset AS fixed_at
    FROM
    (
        SELECT unit, day, offset, term, rate_e12, toUInt16(0) AS partition,
               day + if(match(unit, '^[A-Z]{3}$'), lag.1, lag.2) AS fixed_by
        FROM ${database}.rates_raw
    ) AS r
    ASOF LEFT JOIN
    (
        SELECT partition, offset, max(term) OVER (ORDER BY offset) AS ruling
        FROM ${database}.control_raw WHERE partition = 0
    ) AS t ON t.partition = r.partition AND t.offset <= r.offset
    ASOF LEFT JOIN
    (
        SELECT partition, offset, day FROM ${database}.closes WHERE partition = 0
    ) AS c ON c.partition = r.partition AND c.day >= r.fixed_by
)
WHERE term >= ruling AND (fixed_at = 0 OR came_at < fixed_at)
GROUP BY unit, day;

CREATE OR REPLACE VIEW ${database}.rate_sums
COMMENT 'Rates with their sums, to value a balance over many days: the days a to b at this unit are worth sum(b) - sum(a - 1), where sum(d) = before_e12 + rate_e12 * (d - day + 1) of the last row with day <= d'
AS SELECT
    unit,
    day,
    rate_e12,
    sum(toInt256(rate_before) * toInt32(day - if(day_before = toDate(0) AND rate_before = 0, day, day_before)))
        OVER (PARTITION BY unit ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before_e12
FROM
(
    SELECT
        unit, day, rate_e12,
        lagInFrame(day) OVER (PARTITION BY unit ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS day_before,
        lagInFrame(rate_e12) OVER (PARTITION BY unit ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS rate_before
    FROM ${database}.rates
);

ALTER TABLE ${database}.rate_sums
    COMMENT COLUMN unit 'Currency or fund code',
    COMMENT COLUMN day 'First day of the rate',
    COMMENT COLUMN rate_e12 'Base minor units per smallest unit, times 10^12, from day to the day before the next row',
    COMMENT COLUMN before_e12 'Sum of the rates of all days before day, times 10^12';
