-- Every change of a tier.

CREATE TABLE IF NOT EXISTS ${database}.tier_changes_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    scheme LowCardinality(String) COMMENT 'Scheme of the policy',
    effective_day Date COMMENT 'First day of the new tier',
    kind Enum8('' = 0, 'ENTERED' = 1, 'UPGRADED' = 2, 'DOWNGRADED' = 3, 'RESTORED' = 4, 'CORRECTED' = 5, 'SEEDED' = 6, 'OVERRIDDEN' = 7, 'EXITED' = 8, 'DOWN_PROPOSED' = 9, 'WATCH' = 10, 'WATCH_CLEARED' = 11, 'REMAPPED' = 12) COMMENT 'What happened',
    from_tier LowCardinality(String) COMMENT 'Tier before, empty: none',
    to_tier LowCardinality(String) COMMENT 'Tier after',
    from_rank Int16 COMMENT 'Its place, 0 the lowest',
    to_rank Int16 COMMENT 'Its place, 0 the lowest',
    decided_day Nullable(Date) COMMENT 'Day on which it was decided',
    supersedes_day Nullable(Date) COMMENT 'CORRECTED: effective day of the change it replaces',
    misses UInt16 COMMENT 'Consecutive misses after it',
    watch Bool COMMENT 'On watch after it',
    period_start Nullable(Date) COMMENT 'Period that decided: first day',
    period_end Nullable(Date) COMMENT 'Period that decided: last day',
    value_minor Int64 COMMENT 'What the period reached, minor units of base currency for money' CODEC(ZSTD(1)),
    threshold_minor Int64 COMMENT 'What the tier before asked for' CODEC(ZSTD(1)),
    rm_id LowCardinality(String) COMMENT 'Relationship manager at that moment',
    branch_path Array(LowCardinality(String)) COMMENT 'Branch at that moment with those above it',
    branch LowCardinality(String) COMMENT 'Branch at that moment',
    mode LowCardinality(String) COMMENT 'LIVE or BACKFILL',
    provisional Bool COMMENT 'A rate was still missing',
    policy LowCardinality(String) COMMENT 'Policy',
    policy_version UInt32 COMMENT 'Version of the policy',
    clause LowCardinality(String) COMMENT 'Clause of the policy',
    as_of DateTime('UTC') COMMENT 'Time of the log when it was decided',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset of the record that caused it' CODEC(ZSTD(1)),
    sub_index UInt8 COMMENT 'Place among the outputs of that record',
    record_hash UInt64 COMMENT 'xxHash64 of the whole record, for audit' CODEC(NONE),
    version UInt64 COMMENT 'epoch(16) | offset(40) | sub-index(8): the greater one stands' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (customer_id, scheme, partition, offset, sub_index, kind, effective_day)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Tier changes as they came; read the view tier_changes';

CREATE OR REPLACE VIEW ${database}.tier_changes
COMMENT 'Tier changes, one row each; superseded ones were replaced by a later CORRECTED'
AS SELECT
    * EXCEPT (version),
    -- A correction names the effective day of what it replaces; only changes of the tier itself are replaced.
    toBool(kind IN ('ENTERED', 'UPGRADED', 'DOWNGRADED', 'CORRECTED') AND arrayExists(
        c -> c.1 = effective_day AND (c.2, c.3) > (offset, sub_index),
        groupArrayIf((supersedes_day, offset, sub_index), kind = 'CORRECTED' AND supersedes_day IS NOT NULL) OVER (PARTITION BY customer_id, scheme))) AS superseded
FROM ${database}.tier_changes_raw FINAL;

ALTER TABLE ${database}.tier_changes
    COMMENT COLUMN superseded 'Replaced by a later CORRECTED of this effective day';
