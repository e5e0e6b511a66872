-- What the fold said about records that it did not simply apply.

CREATE TABLE IF NOT EXISTS ${database}.verdicts_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset of the record that caused the verdict' CODEC(Delta, ZSTD(1)),
    sub_index UInt8 COMMENT 'Place among the outputs of that record',
    kind Enum8('' = 0, 'duplicate' = 1, 'conflict' = 2, 'superseded' = 3, 'rejected' = 4, 'late' = 5, 'waiting' = 6, 'reversed' = 7, 'healed' = 8, 'parked' = 9) COMMENT 'What happened',
    cause LowCardinality(String) COMMENT 'Why a record was rejected, e.g. too_late; or a remark, e.g. exceeds_original',
    event_id String COMMENT 'source:txn_id:version of the record judged' CODEC(ZSTD(1)),
    account_id String COMMENT 'Account, for healed' CODEC(ZSTD(1)),
    day Nullable(Date) COMMENT 'Business day the verdict speaks of',
    amount Int64 COMMENT 'Signed, smallest units of the account''s unit; healed: the entry that closed the gap' CODEC(ZSTD(1)),
    about_offset Int64 COMMENT 'Offset of the record judged, most often offset itself; -1: other records are meant, those of event_id before offset' CODEC(Delta, ZSTD(1)),
    record_hash UInt64 COMMENT 'xxHash64 of the whole record, for audit' CODEC(NONE),
    version UInt64 COMMENT 'epoch(16) | offset(40) | sub-index(8): the greater one stands' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (customer_id, partition, offset, sub_index, kind, event_id, account_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Verdicts as they came; read the view verdicts';

CREATE OR REPLACE VIEW ${database}.verdicts
COMMENT 'Records the fold did not simply apply, one row per verdict'
AS SELECT * EXCEPT (version)
FROM ${database}.verdicts_raw FINAL;
