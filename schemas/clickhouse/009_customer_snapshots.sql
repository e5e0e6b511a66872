-- A customer's standing in a scheme after each CLOSE that found a reason to write it.

CREATE TABLE IF NOT EXISTS ${database}.customer_snapshots_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(3)),
    scheme LowCardinality(String) COMMENT 'Scheme of the policy',
    day Date COMMENT 'Day after whose CLOSE this holds',
    standing Enum8('' = 0, 'NEW' = 1, 'ACTIVE' = 2, 'LEFT' = 3) COMMENT 'NEW has no tier yet, LEFT has none any more' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'Tier after the close, in force from since_day',
    tier_rank Int16 COMMENT 'Place of the tier, 0 the lowest' CODEC(ZSTD(1)),
    misses UInt16 COMMENT 'Consecutive periods missed' CODEC(ZSTD(1)),
    watch Bool COMMENT 'On watch' CODEC(ZSTD(1)),
    since_day Nullable(Date) COMMENT 'First day of the tier' CODEC(Delta, ZSTD(1)),
    down_on Nullable(Date) COMMENT 'First day of the lower tier if nothing happens, null: no fall in sight' CODEC(ZSTD(1)),
    lands_on LowCardinality(String) COMMENT 'Tier of that fall',
    aum_minor Int64 COMMENT 'Value of the scheme''s metric that day; for averages the assets it counts, minor units of base currency' CODEC(T64, ZSTD(1)),
    adb_sum_minor Int64 COMMENT 'Sum of the day values of the open period so far (of the closed period on its last day), minor units times days' CODEC(T64, ZSTD(1)),
    period_start Nullable(Date) COMMENT 'First day of that period' CODEC(ZSTD(1)),
    period_end Nullable(Date) COMMENT 'Last day of that period' CODEC(ZSTD(1)),
    period_kind Enum8('' = 0, 'MONTH' = 1, 'QUARTER' = 2, 'DAYS' = 3, 'ROLLING' = 4) COMMENT 'How the next period follows; ROLLING: a window longer than its assessment; empty: no average' CODEC(ZSTD(1)),
    day_count UInt16 COMMENT '30 where every period counts as 30 days, 0 where it counts its own' CODEC(ZSTD(1)),
    divisor Int32 COMMENT 'Days the sum is divided by at the period''s end' CODEC(ZSTD(1)),
    threshold_minor Int64 COMMENT 'What the tier asks for, 0 the lowest' CODEC(ZSTD(1)),
    next_threshold_minor Int64 COMMENT 'What the tier above asks for, 0: none above' CODEC(ZSTD(1)),
    deposit_weight_bp Int32 COMMENT 'Weight a deposit counts with, basis points; 0: money is no lever' CODEC(ZSTD(1)),
    holding_keys LowCardinality(String) COMMENT 'End-of-day holdings: unit@weight in basis points, parted by character 31' CODEC(ZSTD(1)),
    holding_quantities Array(Int64) COMMENT 'End-of-day holdings: smallest units' CODEC(T64, ZSTD(1)),
    run_rate_minor Int64 COMMENT 'Value projected at the customer''s own pace, minor units of base currency' CODEC(T64, ZSTD(1)),
    run_rate_down_on Nullable(Date) COMMENT 'Fall at the customer''s own pace, null: none in sight' CODEC(ZSTD(1)),
    guarantee_until Nullable(Date) COMMENT 'Last day of a guarantee or protection' CODEC(ZSTD(1)),
    provisional Bool COMMENT 'A rate or a result is still missing' CODEC(ZSTD(1)),
    restated Bool COMMENT 'Written again because of a late record' CODEC(ZSTD(1)),
    policy LowCardinality(String) COMMENT 'Policy',
    policy_version UInt32 COMMENT 'Version of the policy' CODEC(ZSTD(1)),
    as_of DateTime('UTC') COMMENT 'The cut of the day' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'Partition of tierwatch.events' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that caused it' CODEC(Delta, ZSTD(1)),
    record_hash UInt64 COMMENT 'xxHash64 of the whole snapshot record, for audit' CODEC(NONE),
    version UInt64 COMMENT 'epoch(16) | offset(40) | sub-index(8): the greater one stands' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (customer_id, scheme, day)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Snapshots as they came; read the view customer_snapshots';

CREATE OR REPLACE VIEW ${database}.customer_snapshots
COMMENT 'Standing per customer, scheme and day; days on which nothing happened have no row: read tier_on for those'
AS SELECT
    * EXCEPT (version, holding_keys),
    arrayMap(k -> substring(k, 1, length(k) - position(reverse(k), '@')), if(holding_keys = '', [], splitByChar(char(31), holding_keys))) AS holding_units,
    arrayMap(k -> toInt32(splitByChar('@', k)[-1]), if(holding_keys = '', [], splitByChar(char(31), holding_keys))) AS holding_weights_bp
FROM ${database}.customer_snapshots_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

ALTER TABLE ${database}.customer_snapshots
    COMMENT COLUMN holding_units 'End-of-day holdings: unit (currency or fund code)',
    COMMENT COLUMN holding_weights_bp 'End-of-day holdings: weight in the scheme, basis points';

CREATE OR REPLACE VIEW ${database}.tier_on
COMMENT 'tier_on(day = …): tier and money of every customer at the end of that day, carried through days without a row by that day''s rates. tier is the one in force on the day, tier_next the one from the day after'
AS WITH last AS
(
    ${include:newest}
    FROM ${database}.customer_snapshots_raw AS r
    WHERE r.day <= {day:Date}
    GROUP BY customer_id, scheme
),
${include:carry};
