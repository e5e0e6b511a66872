-- Who looks after whom.

CREATE TABLE IF NOT EXISTS ${database}.rm_assignments_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When the source said so',
    source_seq Int64 COMMENT 'Order within the source',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    business_day Date COMMENT 'Accounting day from which it holds',
    rm_id LowCardinality(String) COMMENT 'Relationship manager',
    branch_path Array(LowCardinality(String)) COMMENT 'Branch with those above it, head office first',
    branch LowCardinality(String) COMMENT 'The branch itself, last of branch_path'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Assignments as they came; read the view rm_assignments';

CREATE OR REPLACE VIEW ${database}.rm_assignments
COMMENT 'Every assignment of a customer to a relationship manager; the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM ${database}.rm_assignments_raw FINAL;

CREATE OR REPLACE VIEW ${database}.rm_on
COMMENT 'rm_on(day = …): who looked after each customer at the end of that day'
AS SELECT
    customer_id,
    argMax(rm_id, (event_time, source_seq, offset)) AS rm_id,
    argMax(branch_path, (event_time, source_seq, offset)) AS branch_path,
    argMax(branch, (event_time, source_seq, offset)) AS branch
FROM ${database}.rm_assignments_raw
WHERE business_day <= {day:Date}
GROUP BY customer_id;
