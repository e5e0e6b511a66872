-- Metrics and scores of a customer, beside his standings.

CREATE TABLE IF NOT EXISTS ${database}.customer_metrics_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    day Date COMMENT 'Day after whose CLOSE this holds',
    assets_minor Int64 COMMENT 'All assets, minor units of base currency; never a sum over schemes' CODEC(ZSTD(1)),
    metric_names Array(LowCardinality(String)) COMMENT 'Metrics of the policy: names' CODEC(ZSTD(1)),
    metric_values Array(Int64) COMMENT 'Metrics of the policy: values, money in minor units of base currency' CODEC(ZSTD(1)),
    score_names Array(LowCardinality(String)) COMMENT 'Scores of the policy: names' CODEC(ZSTD(1)),
    score_values_bp Array(Int32) COMMENT 'Scores of the policy: basis points' CODEC(ZSTD(1)),
    part_scores Array(LowCardinality(String)) COMMENT 'Contributions: the score' CODEC(ZSTD(1)),
    part_dimensions Array(LowCardinality(String)) COMMENT 'Contributions: the dimension' CODEC(ZSTD(1)),
    part_points_bp Array(Int32) COMMENT 'Contributions: points of the dimension, basis points' CODEC(ZSTD(1)),
    part_weights_bp Array(Int32) COMMENT 'Contributions: weight in the score, basis points' CODEC(ZSTD(1)),
    schemes Array(LowCardinality(String)) COMMENT 'Schemes with a row in customer_snapshots that day' CODEC(ZSTD(1)),
    restated Bool COMMENT 'Written again because of a late record' CODEC(ZSTD(1)),
    policy LowCardinality(String) COMMENT 'Policy',
    policy_version UInt32 COMMENT 'Version of the policy' CODEC(ZSTD(1)),
    as_of DateTime('UTC') COMMENT 'The cut of the day' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'Partition of tierwatch.events' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that caused it' CODEC(ZSTD(1)),
    record_hash UInt64 COMMENT 'xxHash64 of the whole snapshot record, for audit' CODEC(NONE),
    version UInt64 COMMENT 'epoch(16) | offset(40) | sub-index(8): the greater one stands' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (customer_id, day)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Metrics and scores as they came; read the view customer_metrics';

CREATE OR REPLACE VIEW ${database}.customer_metrics
COMMENT 'Metrics and scores per customer and day written; metrics[''name''] and scores[''name''] pick one'
AS SELECT
    * EXCEPT (version, metric_names, metric_values, score_names, score_values_bp),
    CAST((metric_names, metric_values), 'Map(LowCardinality(String), Int64)') AS metrics,
    CAST((score_names, score_values_bp), 'Map(LowCardinality(String), Int32)') AS scores
FROM ${database}.customer_metrics_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

ALTER TABLE ${database}.customer_metrics
    COMMENT COLUMN metrics 'Metrics of the policy by name, money in minor units of base currency',
    COMMENT COLUMN scores 'Scores of the policy by name, basis points';
