-- Customers: profile, assignment and activity in one row.

CREATE TABLE IF NOT EXISTS ${database}.customer_facts_raw
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When the source said so',
    source_seq Int64 COMMENT 'Order within the source',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    business_day Date COMMENT 'Accounting day of the record',
    display_name String COMMENT 'Name, masked by the source' CODEC(ZSTD(1)),
    phone_tail String COMMENT 'Last digits of the telephone' CODEC(ZSTD(1)),
    segment LowCardinality(String) COMMENT 'Segment at the bank',
    region LowCardinality(String) COMMENT 'Region',
    language LowCardinality(String) COMMENT 'Language he is addressed in',
    marketing_consent Bool COMMENT 'May be approached',
    since_day Nullable(Date32) COMMENT 'Customer since, null: not said',
    exited Bool COMMENT 'Has left or died'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Profiles as they came; read the view customers';

CREATE OR REPLACE VIEW ${database}.customers
COMMENT 'One row per customer seen in any record'
AS SELECT
    customer_id,
    argMaxIf(name, profiled, profiled.1 = 1) AS display_name,
    argMaxIf(tail, profiled, profiled.1 = 1) AS phone_tail,
    argMaxIf(seg, profiled, profiled.1 = 1) AS segment,
    argMaxIf(reg, profiled, profiled.1 = 1) AS region,
    argMaxIf(lang, profiled, profiled.1 = 1) AS language,
    argMaxIf(consent, profiled, profiled.1 = 1) AS marketing_consent,
    argMaxIf(since, profiled, profiled.1 = 1) AS since_day,
    argMaxIf(gone, profiled, profiled.1 = 1) AS exited,
    argMaxIf(rm, profiled, profiled.1 = 2) AS rm_id,
    argMaxIf(path, profiled, profiled.1 = 2) AS branch_path,
    argMaxIf(own_branch, profiled, profiled.1 = 2) AS branch,
    minIf(first_booked, first_booked > toDate(0)) AS first_day,
    max(last_booked) AS last_day,
    sum(account) AS accounts,
    any(log_partition) AS partition,
    max(log_offset) AS offset
FROM
(
    SELECT
        customer_id, (toUInt8(1), event_time, source_seq, offset) AS profiled,
        display_name AS name, phone_tail AS tail, CAST(segment, 'String') AS seg, CAST(region, 'String') AS reg, CAST(language, 'String') AS lang,
        marketing_consent AS consent, since_day AS since, exited AS gone,
        '' AS rm, CAST([], 'Array(String)') AS path, '' AS own_branch,
        toDate(0) AS first_booked, toDate(0) AS last_booked, 0 AS account, partition AS log_partition, offset AS log_offset
    FROM ${database}.customer_facts_raw
    UNION ALL
    SELECT
        customer_id, (toUInt8(2), event_time, source_seq, offset) AS profiled,
        '', '', '', '', '', false, NULL, false,
        CAST(rm_id, 'String'), CAST(branch_path, 'Array(String)'), CAST(branch, 'String'),
        toDate(0), toDate(0), 0, partition, offset
    FROM ${database}.rm_assignments_raw
    UNION ALL
    SELECT
        customer_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS profiled,
        '', '', '', '', '', false, NULL, false, '', CAST([], 'Array(String)'), '',
        min(first_day), max(last_day), uniqExact(account_id), any(partition), max(last_offset)
    FROM ${database}.accounts_raw
    GROUP BY customer_id
)
GROUP BY customer_id;

ALTER TABLE ${database}.customers
    COMMENT COLUMN customer_id 'Customer, the bank''s pseudonym',
    COMMENT COLUMN display_name 'Name, masked by the source',
    COMMENT COLUMN phone_tail 'Last digits of the telephone',
    COMMENT COLUMN segment 'Segment at the bank',
    COMMENT COLUMN region 'Region',
    COMMENT COLUMN language 'Language he is addressed in',
    COMMENT COLUMN marketing_consent 'May be approached',
    COMMENT COLUMN since_day 'Customer since, null: not said',
    COMMENT COLUMN exited 'Has left or died',
    COMMENT COLUMN rm_id 'Relationship manager now',
    COMMENT COLUMN branch_path 'Branch now with those above it, head office first',
    COMMENT COLUMN branch 'Branch now',
    COMMENT COLUMN first_day 'First business day booked, 1970-01-01: none',
    COMMENT COLUMN last_day 'Last business day booked, 1970-01-01: none',
    COMMENT COLUMN accounts 'Accounts with bookings',
    COMMENT COLUMN partition 'Partition of tierwatch.events',
    COMMENT COLUMN offset 'Offset of the newest record about the customer';
