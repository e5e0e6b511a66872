-- Accounts: what lifecycle records and bookings say of them. Side facts are
-- last-writer by (event_time, source_seq, offset), so the history is kept and
-- the view picks the last.

CREATE TABLE IF NOT EXISTS ${database}.account_facts_raw
(
    customer_id String COMMENT 'Owner' CODEC(ZSTD(1)),
    account_id String COMMENT 'Account' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When the source said so',
    source_seq Int64 COMMENT 'Order within the source',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    business_day Date COMMENT 'Accounting day of the record',
    account_type Enum8('' = 0, 'DEMAND' = 1, 'TIME' = 2, 'NOTICE' = 3, 'CARD_CREDIT' = 4, 'LOAN' = 5, 'WEALTH' = 6, 'FUND' = 7, 'BOND' = 8, 'GOLD' = 9, 'INSURANCE' = 10, 'CUSTODY' = 11) COMMENT 'Kind of account',
    unit LowCardinality(String) COMMENT 'Currency or fund code of the balance',
    opened_day Nullable(Date32) COMMENT 'Day of opening, null: not said',
    closed_day Nullable(Date32) COMMENT 'Value day of closing, null: open',
    maturity_day Nullable(Date32) COMMENT 'Maturity, null: none',
    limit_minor Int64 COMMENT 'Limit, minor units of unit',
    joint Bool COMMENT 'Held with others',
    product_code LowCardinality(String) COMMENT 'Product at the bank'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, account_id, event_time, source_seq, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Lifecycle records of accounts, all of them; read the view accounts';

CREATE TABLE IF NOT EXISTS ${database}.accounts_raw
(
    customer_id String COMMENT 'Owner' CODEC(ZSTD(1)),
    account_id String COMMENT 'Account' CODEC(ZSTD(1)),
    account_type SimpleAggregateFunction(max, UInt8) COMMENT 'Kind of account, the number of its name',
    unit SimpleAggregateFunction(max, String) COMMENT 'Currency or fund code of the balance',
    first_day SimpleAggregateFunction(min, Date) COMMENT 'First business day booked',
    last_day SimpleAggregateFunction(max, Date) COMMENT 'Last business day booked',
    observed SimpleAggregateFunction(max, Tuple(at DateTime('UTC'), offset UInt64, balance Int64)) COMMENT 'Newest balance the source reported; offset 0: none',
    partition SimpleAggregateFunction(max, UInt16) COMMENT 'Partition of tierwatch.events',
    last_offset SimpleAggregateFunction(max, UInt64) COMMENT 'Offset of the newest record'
)
ENGINE = AggregatingMergeTree
ORDER BY (customer_id, account_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Accounts as bookings show them. Only minima and maxima, so that a repeated insert changes nothing; read the view accounts';

CREATE OR REPLACE VIEW ${database}.accounts
COMMENT 'One row per account'
AS SELECT
    customer_id,
    account_id,
    argMaxIf(CAST(type, 'String'), said, type != '') AS account_type,
    argMaxIf(account_unit, said, account_unit != '') AS unit,
    argMax(opened, said) AS opened_day,
    argMax(closed, said) AS closed_day,
    argMax(maturity, said) AS maturity_day,
    argMax(limit_amount, said) AS limit_minor,
    argMax(is_joint, said) AS joint,
    argMax(product, said) AS product_code,
    minIf(first_booked, first_booked > toDate(0)) AS first_day,
    max(last_booked) AS last_day,
    max(seen).3 AS balance,
    if(max(seen).2 = 0, NULL, max(seen).1) AS balance_at,
    any(log_partition) AS partition,
    max(log_offset) AS offset
FROM
(
    SELECT
        customer_id, account_id, (toUInt8(1), event_time, source_seq, offset) AS said,
        account_type AS type, unit AS account_unit, opened_day AS opened, closed_day AS closed, maturity_day AS maturity,
        limit_minor AS limit_amount, joint AS is_joint, product_code AS product,
        toDate(0) AS first_booked, toDate(0) AS last_booked, (toDateTime(0, 'UTC'), toUInt64(0), toInt64(0)) AS seen,
        partition AS log_partition, offset AS log_offset
    FROM ${database}.account_facts_raw
    UNION ALL
    SELECT
        customer_id, account_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), last_offset) AS said,
        CAST(account_type, 'Enum8('''' = 0, ''DEMAND'' = 1, ''TIME'' = 2, ''NOTICE'' = 3, ''CARD_CREDIT'' = 4, ''LOAN'' = 5, ''WEALTH'' = 6, ''FUND'' = 7, ''BOND'' = 8, ''GOLD'' = 9, ''INSURANCE'' = 10, ''CUSTODY'' = 11)') AS type, unit AS account_unit, NULL AS opened, NULL AS closed, NULL AS maturity,
        0 AS limit_amount, false AS is_joint, '' AS product,
        first_day AS first_booked, last_day AS last_booked, observed AS seen,
        partition AS log_partition, last_offset AS log_offset
    FROM ${database}.accounts_raw
)
GROUP BY customer_id, account_id;

ALTER TABLE ${database}.accounts
    COMMENT COLUMN account_type 'Kind of account',
    COMMENT COLUMN unit 'Currency or fund code of the balance',
    COMMENT COLUMN opened_day 'Day of opening, null: not said',
    COMMENT COLUMN closed_day 'Value day of closing, null: open',
    COMMENT COLUMN maturity_day 'Maturity, null: none',
    COMMENT COLUMN limit_minor 'Limit, minor units of unit',
    COMMENT COLUMN joint 'Held with others',
    COMMENT COLUMN product_code 'Product at the bank',
    COMMENT COLUMN first_day 'First business day booked, 1970-01-01: none',
    COMMENT COLUMN last_day 'Last business day booked, 1970-01-01: none',
    COMMENT COLUMN balance 'Newest balance the source reported, smallest units of unit; 0 where it reports none',
    COMMENT COLUMN balance_at 'When that balance stood, null: none reported',
    COMMENT COLUMN offset 'Offset of the newest record about the account';

CREATE TABLE IF NOT EXISTS ${database}.opening_balances_raw
(
    customer_id String COMMENT 'Owner' CODEC(ZSTD(1)),
    account_id String COMMENT 'Account' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    day Date COMMENT 'The balance stands at the end of this day',
    account_type Enum8('' = 0, 'DEMAND' = 1, 'TIME' = 2, 'NOTICE' = 3, 'CARD_CREDIT' = 4, 'LOAN' = 5, 'WEALTH' = 6, 'FUND' = 7, 'BOND' = 8, 'GOLD' = 9, 'INSURANCE' = 10, 'CUSTODY' = 11) COMMENT 'Kind of account',
    unit LowCardinality(String) COMMENT 'Currency or fund code of the balance',
    balance Int64 COMMENT 'Signed in the customer''s view, smallest units of unit',
    event_time DateTime('UTC') COMMENT 'When the source said so'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, account_id, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Opening positions and end-of-day reconciliations as they came; read the view opening_balances';

CREATE OR REPLACE VIEW ${database}.opening_balances
COMMENT 'The first position reported for each account; later ones reconcile it and appear as healed verdicts where they differ'
AS SELECT * FROM ${database}.opening_balances_raw FINAL
ORDER BY customer_id, account_id, offset
LIMIT 1 BY customer_id, account_id;
