-- The tiers of every policy version, from the policies in the log.

CREATE TABLE IF NOT EXISTS ${database}.tiers_raw
(
    policy LowCardinality(String) COMMENT 'Name of the policy',
    policy_version UInt32 COMMENT 'Its version',
    scheme LowCardinality(String) COMMENT 'Scheme within the policy',
    tier_rank Int32 COMMENT 'Place of the tier, 0 the lowest',
    tier LowCardinality(String) COMMENT 'Name of the tier',
    tier_zh String COMMENT 'Chinese name',
    tier_en String COMMENT 'English name',
    metric LowCardinality(String) COMMENT 'Metric or score the scheme goes by',
    threshold_minor Int64 COMMENT 'From where the tier begins: minor units of base currency for money, else units of the metric (scores: basis points); 0 the lowest tier',
    condition String COMMENT 'The whole condition where the tier asks for several things',
    watch_after UInt8 COMMENT 'Consecutive misses until the watch, 0: never',
    down_after UInt8 COMMENT 'Consecutive misses until the fall, 0: never',
    lands_on LowCardinality(String) COMMENT 'Where a fall ends: last, best, one_down or by_balance',
    effective_day Nullable(Date) COMMENT 'Day from which the policy applies; the first of a log at once',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset of the activation in that partition'
)
ENGINE = ReplacingMergeTree
ORDER BY (policy, policy_version, scheme, tier_rank)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Tiers of the policies as they came; read the view tiers';

CREATE OR REPLACE VIEW ${database}.tiers
COMMENT 'Tiers of every policy version, one row each'
AS WITH
    (SELECT max(day) FROM ${database}.control_raw WHERE kind = 'close') AS closed,
    (SELECT min(policy_version) FROM ${database}.tiers_raw) AS first_version,
    (SELECT max(policy_version) FROM ${database}.tiers_raw WHERE policy_version = first_version OR effective_day <= closed + 1) AS applied
SELECT *, toBool(policy_version = applied) AS in_force
FROM ${database}.tiers_raw FINAL;

ALTER TABLE ${database}.tiers
    COMMENT COLUMN in_force 'The version that applies after the last closed day';
