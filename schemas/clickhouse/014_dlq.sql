-- Records that could not be used.

CREATE TABLE IF NOT EXISTS ${database}.dlq_raw
(
    stage LowCardinality(String) COMMENT 'Who gave it up: ingest, fold or warehouse',
    cause LowCardinality(String) COMMENT 'Why, e.g. unknown_currency',
    field LowCardinality(String) COMMENT 'Field at fault',
    origin_name LowCardinality(String) COMMENT 'Topic or file it was read from',
    origin_partition Int32 COMMENT 'Partition of that topic',
    origin_position Int64 COMMENT 'Offset in that topic or line of that file',
    event_id String COMMENT 'source:txn_id:version where known' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'Partition of tierwatch.events, for those of the fold',
    offset UInt64 COMMENT 'Offset in that partition',
    original_hash UInt64 COMMENT 'xxHash64 of original',
    detail String COMMENT 'What was found and what would do' CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'System it came from',
    customer_id String COMMENT 'Customer where known' CODEC(ZSTD(1)),
    applied Array(String) COMMENT 'Effects applied before it was given up' CODEC(ZSTD(1)),
    original String COMMENT 'The record as it came, bytes' CODEC(ZSTD(3)),
    at DateTime('UTC') COMMENT 'When it was given up',
    dlq_partition UInt16 COMMENT 'Partition of tierwatch.dlq',
    dlq_offset UInt64 COMMENT 'Offset in that partition'
)
ENGINE = ReplacingMergeTree(dlq_offset)
ORDER BY (stage, cause, field, origin_name, origin_partition, origin_position, event_id, partition, offset, original_hash)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Dead letters as they came; read the view dlq';

CREATE OR REPLACE VIEW ${database}.dlq
COMMENT 'Records that could not be used, one row each; a record given up twice by a repeated read is one'
AS SELECT * EXCEPT (original_hash) FROM ${database}.dlq_raw FINAL;
