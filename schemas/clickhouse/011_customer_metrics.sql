-- Metrics and scores of a customer, beside his standings.

CREATE TABLE IF NOT EXISTS ${database}.customer_metrics_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(3)),
    day Date COMMENT 'Day after whose CLOSE this holds',
    assets_minor Int64 COMMENT 'All assets, minor units of base currency; never a sum over schemes' CODEC(T64, ZSTD(1)),
    metric_names LowCardinality(String) COMMENT 'Metrics of the policy: names, parted by character 31' CODEC(ZSTD(1)),
    metric_values Array(Int64) COMMENT 'Metrics of the policy: values, money in minor units of base currency' CODEC(T64, ZSTD(1)),
    score_names LowCardinality(String) COMMENT 'Scores of the policy: names, parted by character 31' CODEC(ZSTD(1)),
    score_values_bp Array(Int32) COMMENT 'Scores of the policy: basis points' CODEC(T64, ZSTD(1)),
    part_names LowCardinality(String) COMMENT 'Contributions: score/dimension, parted by character 31' CODEC(ZSTD(1)),
    part_points_bp Array(Int32) COMMENT 'Contributions: points of the dimension, basis points' CODEC(T64, ZSTD(1)),
    part_weights_bp Array(Int32) COMMENT 'Contributions: weight in the score, basis points' CODEC(ZSTD(1)),
    scheme_names LowCardinality(String) COMMENT 'Schemes with a row in customer_snapshots that day, parted by character 31' CODEC(ZSTD(1)),
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
ORDER BY (customer_id, day)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Metrics and scores as they came; read the view customer_metrics';

CREATE OR REPLACE VIEW ${database}.customer_metrics
COMMENT 'Metrics and scores per customer and day written; metrics[''name''] and scores[''name''] pick one'
AS SELECT
    * EXCEPT (version, metric_names, metric_values, score_names, score_values_bp, part_names, part_points_bp, part_weights_bp, scheme_names),
    CAST((if(metric_names = '', [], splitByChar(char(31), metric_names)), metric_values), 'Map(String, Int64)') AS metrics,
    CAST((if(score_names = '', [], splitByChar(char(31), score_names)), score_values_bp), 'Map(String, Int32)') AS scores,
    CAST((if(part_names = '', [], splitByChar(char(31), part_names)), arrayZip(part_points_bp, part_weights_bp)), 'Map(String, Tuple(points_bp Int32, weight_bp Int32))') AS contributions,
    if(scheme_names = '', [], splitByChar(char(31), scheme_names)) AS schemes
FROM ${database}.customer_metrics_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

ALTER TABLE ${database}.customer_metrics
    COMMENT COLUMN metrics 'Metrics of the policy by name, money in minor units of base currency',
    COMMENT COLUMN scores 'Scores of the policy by name, basis points',
    COMMENT COLUMN contributions 'What each dimension adds to each score, by score/dimension: points and weight, basis points',
    COMMENT COLUMN schemes 'Schemes with a row in customer_snapshots that day';
