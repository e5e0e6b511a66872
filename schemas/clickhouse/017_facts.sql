-- What else the log says of customers: credit status, complaints, actions of managers, tier seeds and overrides.

CREATE TABLE IF NOT EXISTS ${database}.credit_status_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When the source said so',
    source_seq Int64 COMMENT 'Order within the source',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    business_day Date COMMENT 'Accounting day of the record',
    account_id String COMMENT 'Loan or card',
    account_type Enum8('' = 0, 'DEMAND' = 1, 'TIME' = 2, 'NOTICE' = 3, 'CARD_CREDIT' = 4, 'LOAN' = 5, 'WEALTH' = 6, 'FUND' = 7, 'BOND' = 8, 'GOLD' = 9, 'INSURANCE' = 10, 'CUSTODY' = 11) COMMENT 'Kind of account',
    dpd Int32 COMMENT 'Days past due, 0 current',
    five_class LowCardinality(String) COMMENT 'Class of the loan as the bank names it',
    limit_minor Int64 COMMENT 'Credit limit, minor units of the account''s currency'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view credit_status';

CREATE OR REPLACE VIEW ${database}.credit_status
COMMENT 'Reports on loans and cards; of an account the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM ${database}.credit_status_raw FINAL;

CREATE TABLE IF NOT EXISTS ${database}.complaints_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When the source said so',
    source_seq Int64 COMMENT 'Order within the source',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    business_day Date COMMENT 'Accounting day of the record',
    complaint_id String COMMENT 'Complaint',
    open Bool COMMENT 'Open after this record'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view complaints';

CREATE OR REPLACE VIEW ${database}.complaints
COMMENT 'Complaints opened and closed; of a complaint the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM ${database}.complaints_raw FINAL;

CREATE TABLE IF NOT EXISTS ${database}.rm_actions_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When the source said so',
    source_seq Int64 COMMENT 'Order within the source',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    business_day Date COMMENT 'Accounting day of the record',
    alert_id String COMMENT 'Alert, as in alerts',
    action LowCardinality(String) COMMENT 'What was done',
    rm_id LowCardinality(String) COMMENT 'Relationship manager who did it',
    note String COMMENT 'In his or her words'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view rm_actions';

CREATE OR REPLACE VIEW ${database}.rm_actions
COMMENT 'What relationship managers did about alerts, every action'
AS SELECT * FROM ${database}.rm_actions_raw FINAL;

CREATE TABLE IF NOT EXISTS ${database}.tier_seeds_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When the source said so',
    source_seq Int64 COMMENT 'Order within the source',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    business_day Date COMMENT 'Accounting day of the record',
    scheme LowCardinality(String) COMMENT 'Scheme of the policy',
    tier LowCardinality(String) COMMENT 'Tier of the customer',
    since_day Nullable(Date) COMMENT 'First day of the tier',
    misses UInt16 COMMENT 'Consecutive periods missed',
    guarantee_until Nullable(Date) COMMENT 'Last day of a guarantee or protection'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view tier_seeds';

CREATE OR REPLACE VIEW ${database}.tier_seeds
COMMENT 'Standings that the bank brought along; what became of them is in tier_changes'
AS SELECT * FROM ${database}.tier_seeds_raw FINAL;

CREATE TABLE IF NOT EXISTS ${database}.tier_overrides_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When the source said so',
    source_seq Int64 COMMENT 'Order within the source',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    business_day Date COMMENT 'Accounting day of the record',
    scheme LowCardinality(String) COMMENT 'Scheme of the policy',
    tier LowCardinality(String) COMMENT 'Tier that is held',
    until_day Nullable(Date) COMMENT 'Last day of it',
    reason String COMMENT 'Why'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view tier_overrides';

CREATE OR REPLACE VIEW ${database}.tier_overrides
COMMENT 'Tiers held by hand; what became of them is in tier_changes'
AS SELECT * FROM ${database}.tier_overrides_raw FINAL;
