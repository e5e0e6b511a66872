-- 001_verdicts.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.verdicts_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (customer_id, partition, offset, sub_index, kind, event_id, account_id)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Verdicts as they came; read the view verdicts';

CREATE OR REPLACE VIEW `tierwatch`.verdicts ON CLUSTER `bank`
COMMENT 'Records the fold did not simply apply, one row per verdict'
AS SELECT * EXCEPT (version)
FROM `tierwatch`.verdicts_raw FINAL;

-- 002_events.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.events_raw ON CLUSTER `bank`
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(3)),
    event_id String COMMENT 'source:txn_id:version' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'Partition of tierwatch.events' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'Offset in that partition' CODEC(Delta, ZSTD(1)),
    account_id String COMMENT 'Account booked on' CODEC(ZSTD(3)),
    account_type Enum8('' = 0, 'DEMAND' = 1, 'TIME' = 2, 'NOTICE' = 3, 'CARD_CREDIT' = 4, 'LOAN' = 5, 'WEALTH' = 6, 'FUND' = 7, 'BOND' = 8, 'GOLD' = 9, 'INSURANCE' = 10, 'CUSTODY' = 11) COMMENT 'Kind of account' CODEC(ZSTD(1)),
    txn_type Enum8('' = 0, 'DEPOSIT_CASH' = 1, 'DEPOSIT_TRANSFER_IN' = 2, 'SALARY_IN' = 3, 'DEPOSIT_TERM_OPEN' = 4, 'DEPOSIT_TERM_MATURE' = 5, 'DEPOSIT_TERM_BREAK' = 6, 'WITHDRAWAL_CASH' = 7, 'TRANSFER_OUT' = 8, 'TRANSFER_IN' = 9, 'TRANSFER_INTERNAL' = 10, 'DIRECT_DEBIT' = 11, 'STANDING_ORDER' = 12, 'WEALTH_SUBSCRIBE' = 13, 'WEALTH_REDEEM' = 14, 'WEALTH_MATURE' = 15, 'WEALTH_DIVIDEND' = 16, 'WEALTH_NAV_UPDATE' = 17, 'FUND_BUY' = 18, 'FUND_SELL' = 19, 'BOND_BUY' = 20, 'BOND_SELL' = 21, 'INSURANCE_PREMIUM' = 22, 'INSURANCE_SURRENDER' = 23, 'GOLD_BUY' = 24, 'GOLD_SELL' = 25, 'LOAN_DRAWDOWN' = 26, 'LOAN_REPAY' = 27, 'LOAN_PREPAY' = 28, 'LOAN_INTEREST' = 29, 'LOAN_OVERDUE' = 30, 'LOAN_CURED' = 31, 'LOAN_WRITE_OFF' = 32, 'LOAN_CLASS_CHANGE' = 33, 'CARD_SPEND' = 34, 'CARD_CASH_ADVANCE' = 35, 'CARD_REFUND' = 36, 'CARD_REPAY' = 37, 'CARD_OVERDUE' = 38, 'CARD_LIMIT_CHANGE' = 39, 'CARD_INSTALMENT' = 40, 'FEE' = 41, 'FEE_WAIVER' = 42, 'INTEREST_CREDIT' = 43, 'INTEREST_DEBIT' = 44, 'TAX' = 45, 'FX_BUY' = 46, 'FX_SELL' = 47, 'FX_REVALUE' = 48, 'REVERSAL' = 49, 'CHARGEBACK' = 50, 'ADJUSTMENT' = 51, 'UNKNOWN' = 52) COMMENT 'Kind of booking' CODEC(ZSTD(1)),
    direction Enum8('' = 0, 'CREDIT' = 1, 'DEBIT' = 2) COMMENT 'Sign of the amounts in the customer''s view' CODEC(ZSTD(1)),
    status Enum8('' = 0, 'PENDING' = 1, 'POSTED' = 2, 'REVERSED' = 3, 'FAILED' = 4) COMMENT 'Only POSTED moves a balance' CODEC(ZSTD(1)),
    flow_kind Enum8('' = 0, 'NEW_MONEY' = 1, 'INTERNAL' = 2, 'MARKET' = 3, 'FX' = 4, 'CORRECTION' = 5) COMMENT 'Where the money went: NEW_MONEY to or from outside; INTERNAL among the customer''s own holdings; MARKET what holdings earn and cost (interest, dividends, NAV, fees, tax); FX exchange and revaluation; CORRECTION reversals and adjustments; empty: no money moves' CODEC(ZSTD(1)),
    initiator Enum8('' = 0, 'CUSTOMER' = 1, 'BANK' = 2, 'MERCHANT' = 3, 'SYSTEM' = 4) COMMENT 'Who caused it; activity counts CUSTOMER' CODEC(ZSTD(1)),
    channel Enum8('' = 0, 'BRANCH' = 1, 'ATM' = 2, 'APP' = 3, 'WEB' = 4, 'POS' = 5, 'API' = 6, 'PHONE' = 7, 'BATCH' = 8) COMMENT 'Way it came in' CODEC(ZSTD(1)),
    counterparty_type Enum8('' = 0, 'OWN' = 1, 'SAME_BANK' = 2, 'OTHER_BANK' = 3, 'BROKER' = 4, 'WALLET' = 5, 'MERCHANT' = 6) COMMENT 'The other side' CODEC(ZSTD(1)),
    internal_transfer Bool COMMENT 'Between accounts of the bank that count as one' CODEC(ZSTD(1)),
    same_owner Bool COMMENT 'Both sides belong to the customer' CODEC(ZSTD(1)),
    amount_minor Int64 COMMENT 'Amount, minor units of currency, never negative' CODEC(T64, ZSTD(1)),
    currency LowCardinality(String) COMMENT 'ISO 4217 code of amount_minor',
    base_amount_minor Int64 COMMENT 'Amount in base currency at the rate known when it came in; never changes' CODEC(T64, ZSTD(1)),
    fx_rate String COMMENT 'Rate the source gave, decimal text' CODEC(ZSTD(1)),
    unit LowCardinality(String) COMMENT 'Unit of the account''s balance where it is not currency, e.g. a fund code',
    quantity Int64 COMMENT 'Smallest units of unit moved, where unit is set' CODEC(T64, ZSTD(1)),
    balance_after Nullable(Int64) COMMENT 'Balance the source reports after the booking, smallest units of the account''s unit' CODEC(T64, ZSTD(1)),
    business_day Date COMMENT 'Accounting day' CODEC(ZSTD(1)),
    value_day Date COMMENT 'Day from which the balance counts' CODEC(ZSTD(1)),
    event_time DateTime('UTC') COMMENT 'When it happened' CODEC(T64, ZSTD(1)),
    ingest_time DateTime('UTC') COMMENT 'When it was put into the log' CODEC(T64, ZSTD(1)),
    source LowCardinality(String) COMMENT 'System it came from',
    source_seq Int64 COMMENT 'Order within the source' CODEC(T64, ZSTD(1)),
    event_version UInt32 COMMENT 'Version of the transaction at its source' CODEC(ZSTD(1)),
    reversal_of String COMMENT 'source:txn_id of the original it takes back' CODEC(ZSTD(1)),
    reversal_kind Enum8('' = 0, 'FULL' = 1, 'PARTIAL' = 2) COMMENT 'How much of the original it takes back' CODEC(ZSTD(1)),
    product_code LowCardinality(String) COMMENT 'Product at the bank',
    branch_id LowCardinality(String) COMMENT 'Branch of the booking, not of the relationship',
    region LowCardinality(String) COMMENT 'Region of the booking',
    counterparty_bank_code LowCardinality(String) COMMENT 'Bank of the other side',
    counterparty_hash String COMMENT 'Other side, hashed by the bank' CODEC(ZSTD(1)),
    mcc LowCardinality(String) COMMENT 'Merchant category, ISO 18245',
    purpose_code LowCardinality(String) COMMENT 'Purpose, ISO 20022',
    bk_tx_cd LowCardinality(String) COMMENT 'Bank transaction code, ISO 20022',
    maturity_day Nullable(Date32) COMMENT 'Maturity of a term deposit, wealth product or loan' CODEC(ZSTD(1)),
    interest_rate_bp Int32 COMMENT 'Interest rate, basis points' CODEC(ZSTD(1)),
    principal_minor Int64 COMMENT 'Loan: principal part, minor units of currency' CODEC(ZSTD(1)),
    interest_minor Int64 COMMENT 'Loan: interest part, minor units of currency' CODEC(ZSTD(1)),
    due_day Nullable(Date32) COMMENT 'Loan or card: day due' CODEC(ZSTD(1)),
    dpd Int32 COMMENT 'Days past due' CODEC(ZSTD(1)),
    five_class LowCardinality(String) COMMENT 'Five-class risk classification',
    credit_limit_minor Int64 COMMENT 'Card: limit, minor units of currency' CODEC(ZSTD(1)),
    statement_balance_minor Int64 COMMENT 'Card: statement balance, minor units of currency' CODEC(ZSTD(1)),
    min_due_minor Int64 COMMENT 'Card: minimum due, minor units of currency' CODEC(ZSTD(1)),
    trace_id String COMMENT 'Trace of the source' CODEC(ZSTD(1)),
    origin_name LowCardinality(String) COMMENT 'Topic or file it was read from',
    origin_partition Int32 COMMENT 'Partition of that topic' CODEC(ZSTD(1)),
    origin_position Int64 COMMENT 'Offset in that topic or line of that file' CODEC(T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(business_day)
ORDER BY (customer_id, event_id, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every transaction record of the log, duplicates and rejected ones too; read the view events';

CREATE OR REPLACE VIEW `tierwatch`.events ON CLUSTER `bank`
COMMENT 'Transactions that count: without records the fold judged duplicate, conflict, superseded, rejected or parked. Sums over it are the fold''s sums'
AS SELECT
    *,
    substring(event_id, length(source) + 2, length(event_id) - length(source) - length(toString(event_version)) - 2) AS txn_id,
    multiIf(status != 'POSTED', 0, direction = 'CREDIT', base_amount_minor, -base_amount_minor) AS flow_minor
FROM `tierwatch`.events_raw FINAL
-- A verdict takes out the record it judges, or, with about_offset -1, what came before of the id it names: an older
-- version whole, an older status (of one id only the last record stays).
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset
        FROM `tierwatch`.verdicts_raw
        WHERE kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked') AND about_offset >= 0
    )
    AND
    (
        (customer_id, event_id) NOT IN
        (
            SELECT customer_id, event_id FROM `tierwatch`.verdicts_raw WHERE kind IN ('superseded', 'reversed') AND about_offset = -1
        )
        OR (customer_id, event_id, partition, offset) IN
        (
            SELECT customer_id, event_id, partition, max(offset)
            FROM `tierwatch`.verdicts_raw
            WHERE kind IN ('superseded', 'reversed') AND about_offset = -1
            GROUP BY customer_id, event_id, partition
        )
    )
SETTINGS do_not_merge_across_partitions_select_final = 1;

ALTER TABLE `tierwatch`.events ON CLUSTER `bank`
    COMMENT COLUMN txn_id 'Id at the source, the middle of event_id',
    COMMENT COLUMN flow_minor 'Base amount signed in the customer''s view, 0 unless POSTED';

-- 003_accounts.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.account_facts_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, account_id, event_time, source_seq, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Lifecycle records of accounts, all of them; read the view accounts';

CREATE TABLE IF NOT EXISTS `tierwatch`.accounts_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, account_id)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Accounts as bookings show them. Only minima and maxima, so that a repeated insert changes nothing; read the view accounts';

CREATE OR REPLACE VIEW `tierwatch`.accounts ON CLUSTER `bank`
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
    FROM `tierwatch`.account_facts_raw
    UNION ALL
    SELECT
        customer_id, account_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), last_offset) AS said,
        CAST(account_type, 'Enum8('''' = 0, ''DEMAND'' = 1, ''TIME'' = 2, ''NOTICE'' = 3, ''CARD_CREDIT'' = 4, ''LOAN'' = 5, ''WEALTH'' = 6, ''FUND'' = 7, ''BOND'' = 8, ''GOLD'' = 9, ''INSURANCE'' = 10, ''CUSTODY'' = 11)') AS type, unit AS account_unit, NULL AS opened, NULL AS closed, NULL AS maturity,
        0 AS limit_amount, false AS is_joint, '' AS product,
        first_day AS first_booked, last_day AS last_booked, observed AS seen,
        partition AS log_partition, last_offset AS log_offset
    FROM `tierwatch`.accounts_raw
)
GROUP BY customer_id, account_id;

ALTER TABLE `tierwatch`.accounts ON CLUSTER `bank`
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

CREATE TABLE IF NOT EXISTS `tierwatch`.opening_balances_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, account_id, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Opening positions and end-of-day reconciliations as they came; read the view opening_balances';

CREATE OR REPLACE VIEW `tierwatch`.opening_balances ON CLUSTER `bank`
COMMENT 'The first position reported for each account; later ones reconcile it and appear as healed verdicts where they differ'
AS SELECT * FROM `tierwatch`.opening_balances_raw FINAL
ORDER BY customer_id, account_id, offset
LIMIT 1 BY customer_id, account_id;

-- 004_rm_assignments.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.rm_assignments_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Assignments as they came; read the view rm_assignments';

CREATE OR REPLACE VIEW `tierwatch`.rm_assignments ON CLUSTER `bank`
COMMENT 'Every assignment of a customer to a relationship manager; the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM `tierwatch`.rm_assignments_raw FINAL;

CREATE OR REPLACE VIEW `tierwatch`.rm_on ON CLUSTER `bank`
COMMENT 'rm_on(day = …): who looked after each customer at the end of that day'
AS SELECT
    customer_id,
    argMax(rm_id, (event_time, source_seq, offset)) AS rm_id,
    argMax(branch_path, (event_time, source_seq, offset)) AS branch_path,
    argMax(branch, (event_time, source_seq, offset)) AS branch
FROM `tierwatch`.rm_assignments_raw
WHERE business_day <= {day:Date}
GROUP BY customer_id;

-- 005_customers.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.customer_facts_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Profiles as they came; read the view customers';

CREATE OR REPLACE VIEW `tierwatch`.customers ON CLUSTER `bank`
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
    FROM `tierwatch`.customer_facts_raw
    UNION ALL
    SELECT
        customer_id, (toUInt8(2), event_time, source_seq, offset) AS profiled,
        '', '', '', '', '', false, NULL, false,
        CAST(rm_id, 'String'), CAST(branch_path, 'Array(String)'), CAST(branch, 'String'),
        toDate(0), toDate(0), 0, partition, offset
    FROM `tierwatch`.rm_assignments_raw
    UNION ALL
    SELECT
        customer_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS profiled,
        '', '', '', '', '', false, NULL, false, '', CAST([], 'Array(String)'), '',
        min(first_day), max(last_day), uniqExact(account_id), any(partition), max(last_offset)
    FROM `tierwatch`.accounts_raw
    GROUP BY customer_id
)
GROUP BY customer_id;

ALTER TABLE `tierwatch`.customers ON CLUSTER `bank`
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

-- 006_closes.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.control_raw ON CLUSTER `bank`
(
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset in that partition',
    kind LowCardinality(String) COMMENT 'term, close, handover, policy or engine',
    term Int64 COMMENT 'Writer of the record; a term below an earlier one is ignored',
    day Nullable(Date) COMMENT 'Day closed or handed over, effective day of a policy',
    at DateTime('UTC') COMMENT 'Cut of the closed day, else 1970',
    name LowCardinality(String) COMMENT 'Policy, holder of a term, or base currency of an engine',
    number UInt32 COMMENT 'Version of a policy or engine',
    mode LowCardinality(String) COMMENT 'LIVE or BACKFILL, for a term',
    fx_lag_days Int32 COMMENT 'Engine: days for which the rate of a currency may still come',
    nav_lag_days Int32 COMMENT 'Engine: days for which the price of another unit may still come',
    time_zone LowCardinality(String) COMMENT 'Engine: zone of the deployment'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Control records of the log but ticks, rates and cut-offs; read the view closes';

CREATE OR REPLACE VIEW `tierwatch`.closes ON CLUSTER `bank`
COMMENT 'Days closed, per partition of the log: where in the log each was decided'
AS SELECT day, partition, offset, at
FROM
(
    SELECT
        day, partition, offset, at,
        max(day) OVER (PARTITION BY partition ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS closed
    FROM
    (
        SELECT
            assumeNotNull(day) AS day, partition, offset, at, kind, term,
            max(term) OVER (PARTITION BY partition ORDER BY offset) AS ruling
        FROM `tierwatch`.control_raw FINAL
    )
    WHERE kind = 'close' AND term >= ruling
)
WHERE closed = toDate(0) OR day > closed;

ALTER TABLE `tierwatch`.closes ON CLUSTER `bank`
    COMMENT COLUMN day 'Business day closed',
    COMMENT COLUMN partition 'Partition of tierwatch.events',
    COMMENT COLUMN offset 'Offset of the CLOSE in that partition',
    COMMENT COLUMN at 'The cut of the day';

-- 007_rates.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.rates_raw ON CLUSTER `bank`
(
    unit LowCardinality(String) COMMENT 'Currency or fund code; the base currency itself stands on 1970-01-01 with rate 1',
    day Date COMMENT 'Day of the rate',
    offset UInt64 COMMENT 'Offset in partition 0 of tierwatch.events',
    term Int64 COMMENT 'Writer of the record; a term below an earlier one is ignored',
    rate_e12 Int64 COMMENT 'Base minor units per smallest unit, times 10^12' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (unit, day, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Rates as they came, from partition 0 (all partitions carry the same); read the view rates';

CREATE OR REPLACE VIEW `tierwatch`.rates ON CLUSTER `bank`
COMMENT 'One rate per unit and day: the last that came before its day was fixed. A day without one keeps the rate before it'
AS WITH
    (SELECT (argMax(fx_lag_days, offset), argMax(nav_lag_days, offset)) FROM `tierwatch`.control_raw WHERE kind = 'engine' AND partition = 0) AS lag
SELECT
    unit,
    day,
    argMax(rate, came_at) AS rate_e12,
    max(came_at) AS offset
FROM
(
    SELECT
        r.unit AS unit, r.day AS day, r.rate_e12 AS rate, r.offset AS came_at, r.term AS term,
        t.ruling AS ruling, c.offset AS fixed_at
    FROM
    (
        SELECT unit, day, offset, term, rate_e12, toUInt16(0) AS partition,
               day + if(match(unit, '^[A-Z]{3}$'), lag.1, lag.2) AS fixed_by
        FROM `tierwatch`.rates_raw
    ) AS r
    ASOF LEFT JOIN
    (
        SELECT partition, offset, max(term) OVER (ORDER BY offset) AS ruling
        FROM `tierwatch`.control_raw WHERE partition = 0
    ) AS t ON t.partition = r.partition AND t.offset <= r.offset
    ASOF LEFT JOIN
    (
        SELECT partition, offset, day FROM `tierwatch`.closes WHERE partition = 0
    ) AS c ON c.partition = r.partition AND c.day >= r.fixed_by
)
WHERE term >= ruling AND (fixed_at = 0 OR came_at < fixed_at)
GROUP BY unit, day;

CREATE OR REPLACE VIEW `tierwatch`.rate_sums ON CLUSTER `bank`
COMMENT 'Rates with their sums, to value a balance over many days: the days a to b at this unit are worth sum(b) - sum(a - 1), where sum(d) = before_e12 + rate_e12 * (d - day + 1) of the last row with day <= d'
AS SELECT
    unit,
    day,
    rate_e12,
    sum(toInt256(rate_before) * toInt32(day - if(day_before = toDate(0) AND rate_before = 0, day, day_before)))
        OVER (PARTITION BY unit ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before_e12
FROM
(
    SELECT
        unit, day, rate_e12,
        lagInFrame(day) OVER (PARTITION BY unit ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS day_before,
        lagInFrame(rate_e12) OVER (PARTITION BY unit ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS rate_before
    FROM `tierwatch`.rates
);

ALTER TABLE `tierwatch`.rate_sums ON CLUSTER `bank`
    COMMENT COLUMN unit 'Currency or fund code',
    COMMENT COLUMN day 'First day of the rate',
    COMMENT COLUMN rate_e12 'Base minor units per smallest unit, times 10^12, from day to the day before the next row',
    COMMENT COLUMN before_e12 'Sum of the rates of all days before day, times 10^12';

-- 008_tiers.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.tiers_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (policy, policy_version, scheme, tier_rank)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Tiers of the policies as they came; read the view tiers';

CREATE OR REPLACE VIEW `tierwatch`.tiers ON CLUSTER `bank`
COMMENT 'Tiers of every policy version, one row each'
AS WITH
    (SELECT max(day) FROM `tierwatch`.control_raw WHERE kind = 'close') AS closed,
    (SELECT min(policy_version) FROM `tierwatch`.tiers_raw) AS first_version,
    (SELECT max(policy_version) FROM `tierwatch`.tiers_raw WHERE policy_version = first_version OR effective_day <= closed + 1) AS applied
SELECT *, toBool(policy_version = applied) AS in_force
FROM `tierwatch`.tiers_raw FINAL;

ALTER TABLE `tierwatch`.tiers ON CLUSTER `bank`
    COMMENT COLUMN in_force 'The version that applies after the last closed day';

-- 009_customer_snapshots.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.customer_snapshots_raw ON CLUSTER `bank`
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(3)),
    scheme LowCardinality(String) COMMENT 'Scheme of the policy',
    day Date COMMENT 'Day after whose CLOSE this holds',
    standing Enum8('' = 0, 'NEW' = 1, 'ACTIVE' = 2, 'LEFT' = 3) COMMENT 'NEW has no tier yet, LEFT has none any more' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'Tier after the close, in force from since_day',
    tier_rank Int16 COMMENT 'Place of the tier, 0 the lowest' CODEC(ZSTD(1)),
    misses UInt16 COMMENT 'Consecutive periods missed' CODEC(ZSTD(1)),
    watch Bool COMMENT 'On watch' CODEC(ZSTD(1)),
    since_day Nullable(Date) COMMENT 'First day of the tier' CODEC(Delta, ZSTD(1)),
    down_on Nullable(Date) COMMENT 'First day of the lower tier if nothing happens, null: no fall in sight' CODEC(ZSTD(1)),
    lands_on LowCardinality(String) COMMENT 'Tier of that fall',
    aum_minor Int64 COMMENT 'Value of the scheme''s metric that day; for averages the assets it counts, minor units of base currency' CODEC(T64, ZSTD(1)),
    adb_sum_minor Int64 COMMENT 'Sum of the day values of the open period so far (of the closed period on its last day), minor units times days' CODEC(T64, ZSTD(1)),
    period_start Nullable(Date) COMMENT 'First day of that period' CODEC(ZSTD(1)),
    period_end Nullable(Date) COMMENT 'Last day of that period' CODEC(ZSTD(1)),
    period_kind Enum8('' = 0, 'MONTH' = 1, 'QUARTER' = 2, 'DAYS' = 3, 'ROLLING' = 4) COMMENT 'How the next period follows; ROLLING: a window longer than its assessment; empty: no average' CODEC(ZSTD(1)),
    day_count UInt16 COMMENT '30 where every period counts as 30 days, 0 where it counts its own' CODEC(ZSTD(1)),
    divisor Int32 COMMENT 'Days the sum is divided by at the period''s end' CODEC(ZSTD(1)),
    threshold_minor Int64 COMMENT 'What the tier asks for, 0 the lowest' CODEC(ZSTD(1)),
    next_threshold_minor Int64 COMMENT 'What the tier above asks for, 0: none above' CODEC(ZSTD(1)),
    deposit_weight_bp Int32 COMMENT 'Weight a deposit counts with, basis points; 0: money is no lever' CODEC(ZSTD(1)),
    holding_keys LowCardinality(String) COMMENT 'End-of-day holdings: unit@weight in basis points, parted by character 31' CODEC(ZSTD(1)),
    holding_quantities Array(Int64) COMMENT 'End-of-day holdings: smallest units' CODEC(T64, ZSTD(1)),
    run_rate_minor Int64 COMMENT 'Value projected at the customer''s own pace, minor units of base currency' CODEC(T64, ZSTD(1)),
    run_rate_down_on Nullable(Date) COMMENT 'Fall at the customer''s own pace, null: none in sight' CODEC(ZSTD(1)),
    guarantee_until Nullable(Date) COMMENT 'Last day of a guarantee or protection' CODEC(ZSTD(1)),
    provisional Bool COMMENT 'A rate or a result is still missing' CODEC(ZSTD(1)),
    restated Bool COMMENT 'Written again because of a late record' CODEC(ZSTD(1)),
    policy LowCardinality(String) COMMENT 'Policy',
    policy_version UInt32 COMMENT 'Version of the policy' CODEC(ZSTD(1)),
    as_of DateTime('UTC') COMMENT 'The cut of the day' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'Partition of tierwatch.events' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that caused it' CODEC(Delta, ZSTD(1)),
    record_hash UInt64 COMMENT 'xxHash64 of the whole snapshot record, for audit' CODEC(NONE),
    version UInt64 COMMENT 'epoch(16) | offset(40) | sub-index(8): the greater one stands' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(day)
ORDER BY (customer_id, scheme, day)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Snapshots as they came; read the view customer_snapshots';

CREATE OR REPLACE VIEW `tierwatch`.customer_snapshots ON CLUSTER `bank`
COMMENT 'Standing per customer, scheme and day; days on which nothing happened have no row: read tier_on for those'
AS SELECT
    * EXCEPT (version, holding_keys),
    arrayMap(k -> substring(k, 1, length(k) - position(reverse(k), '@')), if(holding_keys = '', [], splitByChar(char(31), holding_keys))) AS holding_units,
    arrayMap(k -> toInt32(splitByChar('@', k)[-1]), if(holding_keys = '', [], splitByChar(char(31), holding_keys))) AS holding_weights_bp
FROM `tierwatch`.customer_snapshots_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

ALTER TABLE `tierwatch`.customer_snapshots ON CLUSTER `bank`
    COMMENT COLUMN holding_units 'End-of-day holdings: unit (currency or fund code)',
    COMMENT COLUMN holding_weights_bp 'End-of-day holdings: weight in the scheme, basis points';

CREATE OR REPLACE VIEW `tierwatch`.tier_on ON CLUSTER `bank`
COMMENT 'tier_on(day = …): tier and money of every customer at the end of that day, carried through days without a row by that day''s rates. tier is the one in force on the day, tier_next the one from the day after'
AS WITH last AS
(
    -- Of each column the value of the newest row: a column that nobody asks for is not read. argMax would pass over a NULL.
    WITH
        bitOr(bitShiftLeft(toUInt128(toUInt16(r.day)), 64), r.version) AS at,
        ifNull(r.since_day, r.day) <= {day:Date} AS in_force
    SELECT
        r.customer_id AS customer_id, r.scheme AS scheme,
        argMaxIf(r.tier, at, in_force) AS tier, argMaxIf(r.tier_rank, at, in_force) AS tier_rank,
        max(r.day) AS written_on, argMax(r.tier, at) AS tier_next, argMax(r.tier_rank, at) AS tier_rank_next, argMax(r.standing, at) AS standing,
        argMax(r.misses, at) AS misses, argMax(r.watch, at) AS watch, nullIf(argMax(ifNull(r.since_day, toDate(0)), at), toDate(0)) AS since_day,
        nullIf(argMax(ifNull(r.down_on, toDate(0)), at), toDate(0)) AS down_on, argMax(r.lands_on, at) AS lands_on,
        argMax(r.aum_minor, at) AS aum_minor, argMax(r.adb_sum_minor, at) AS adb_sum_minor,
        nullIf(argMax(ifNull(r.period_start, toDate(0)), at), toDate(0)) AS period_start,
        nullIf(argMax(ifNull(r.period_end, toDate(0)), at), toDate(0)) AS period_end, argMax(r.period_kind, at) AS period_kind,
        argMax(r.day_count, at) AS day_count, argMax(r.divisor, at) AS divisor, argMax(r.threshold_minor, at) AS threshold_minor,
        argMax(r.next_threshold_minor, at) AS next_threshold_minor, argMax(r.deposit_weight_bp, at) AS deposit_weight_bp,
        argMax(r.holding_keys, at) AS holding_keys, argMax(r.holding_quantities, at) AS holding_quantities,
        nullIf(argMax(ifNull(r.guarantee_until, toDate(0)), at), toDate(0)) AS guarantee_until, argMax(r.policy_version, at) AS policy_version,
        argMax(r.as_of, at) AS as_of, argMax(r.partition, at) AS partition, argMax(r.offset, at) AS offset
    FROM `tierwatch`.customer_snapshots_raw AS r
    WHERE r.day <= {day:Date}
    GROUP BY customer_id, scheme
),
toInt256(10000000000000000) AS e16,
-- x / d, half to even: the only rounding there is. Wide integers divide slowly, so what nobody asks for is an expression of its own.
(x, d) -> sign(x) * (intDiv(2 * abs(x) + d, 2 * d)
    - ((intDiv(2 * abs(x) + d, 2 * d) * 2 * d = 2 * abs(x) + d) AND bitAnd(intDiv(2 * abs(x) + d, 2 * d), 1) = 1)) AS half_even
SELECT
    customer_id,
    scheme,
    {day:Date} AS day,
    tier,
    tier_rank,
    tier_next,
    tier_rank_next,
    standing,
    misses,
    watch,
    since_day,
    down_on,
    lands_on,
    if(holding_keys = '', c.aum_minor, toInt64(half_even(value_e16, e16))) AS aum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, e16))) AS adb_sum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, greatest(elapsed, 1) * e16))) AS adb_to_date_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16 + days_left * value_e16, greatest(dv, 1) * e16))) AS adb_estimate_minor,
    -- The smallest deposit of the day after, held to the period's end, that reaches the threshold.
    if(unknown OR days_left = 0 OR deposit_weight_bp = 0, NULL,
        toInt64(greatest(toInt256(0), intDiv(missing_e16 + per_minor_e16 - 1, per_minor_e16)))) AS top_up_minor,
    if(last_chance > {day:Date}, last_chance, NULL) AS act_by,
    p_start AS period_start,
    p_end AS period_end,
    dv AS divisor,
    threshold_minor,
    next_threshold_minor,
    guarantee_until,
    written_on,
    policy_version,
    as_of,
    partition,
    offset
FROM
(
    SELECT
        *,
        p_end IS NULL OR dv = 0 OR period_kind = '' AS unknown,
        if(unknown, 1, toInt32(assumeNotNull(p_end) - {day:Date})) AS days_left,
        -- Days counted so far. A period since opening and one of its own length end with the divisor; one of 30 counts from its start.
        if(unknown, 1, if(day_count = 0, dv - days_left, toInt32({day:Date} - assumeNotNull(p_start)) + 1)) AS elapsed,
        toInt256(if(same, adb_sum_minor, 0)) * e16 + gained_e16 AS sum_e16,
        toInt256(dv) * threshold_minor * e16 - sum_e16 - days_left * value_e16 AS missing_e16,
        toInt256(greatest(days_left, 1)) * greatest(deposit_weight_bp, 1) * toInt256(1000000000000) AS per_minor_e16
    FROM
    (
        SELECT
            customer_id, scheme,
            any(h.tier) AS tier, any(h.tier_rank) AS tier_rank, any(h.tier_next) AS tier_next, any(h.tier_rank_next) AS tier_rank_next,
            any(h.standing) AS standing, any(h.misses) AS misses, any(h.watch) AS watch, any(h.since_day) AS since_day, any(h.down_on) AS down_on,
            any(h.lands_on) AS lands_on, any(h.aum_minor) AS aum_minor, any(h.adb_sum_minor) AS adb_sum_minor, any(h.period_kind) AS period_kind,
            any(h.day_count) AS day_count, any(h.threshold_minor) AS threshold_minor, any(h.next_threshold_minor) AS next_threshold_minor,
            any(h.deposit_weight_bp) AS deposit_weight_bp, any(h.holding_keys) AS holding_keys, any(h.guarantee_until) AS guarantee_until,
            any(h.written_on) AS written_on, any(h.policy_version) AS policy_version, any(h.as_of) AS as_of, any(h.partition) AS partition,
            any(h.offset) AS offset, any(h.same) AS same, any(h.p_start) AS p_start, any(h.p_end) AS p_end, any(h.dv) AS dv,
            any(h.last_chance) AS last_chance,
            sum(toInt256(quantity) * weight_bp * (
                (now_rate.before_e12 + toInt256(now_rate.rate_e12) * (toInt32({day:Date} - now_rate.day) + 1))
                - (base_rate.before_e12 + toInt256(base_rate.rate_e12) * (toInt32(base_day - base_rate.day) + 1)))) AS gained_e16,
            sum(toInt256(quantity) * weight_bp * now_rate.rate_e12) AS value_e16
        FROM
        (
            SELECT
                *, quantity,
                ifNull({day:Date} <= period_end, false) AS same,
                toInt32(period_end - period_start) + 1 AS days,
                multiIf(
                    same, period_start,
                    period_kind = 'MONTH', toStartOfMonth({day:Date}),
                    period_kind = 'QUARTER', toStartOfQuarter({day:Date}),
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32({day:Date} - period_start), days),
                    NULL) AS p_start,
                multiIf(
                    same, period_end,
                    period_kind = 'MONTH', toLastDayOfMonth({day:Date}),
                    period_kind = 'QUARTER', addQuarters(toStartOfQuarter({day:Date}), 1) - 1,
                    period_kind = 'DAYS', p_start + days - 1,
                    NULL) AS p_end,
                toInt32(multiIf(divisor = 0, 0, same, divisor, day_count > 0, day_count, ifNull(toInt32(p_end - p_start) + 1, 0))) AS dv,
                ifNull(if(same, written_on, p_start - 1), {day:Date}) AS base_day,
                -- The end of the period whose miss brings the fall; a lag is shorter than a period.
                multiIf(
                    period_kind = 'MONTH', toStartOfMonth(down_on) - 1,
                    period_kind = 'QUARTER', toStartOfQuarter(down_on) - 1,
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32(down_on - period_start), days) - 1,
                    NULL) AS last_chance,
                substring(key, 1, length(key) - position(reverse(key), '@')) AS unit,
                toInt32OrZero(splitByChar('@', key)[-1]) AS weight_bp
            FROM last
            LEFT ARRAY JOIN if(holding_keys = '', [], splitByChar(char(31), holding_keys)) AS key, holding_quantities AS quantity
        ) AS h
        ASOF LEFT JOIN `tierwatch`.rate_sums AS base_rate ON base_rate.unit = h.unit AND base_rate.day <= h.base_day
        LEFT JOIN
        (
            SELECT unit, argMax(r.rate_e12, r.day) AS rate_e12, argMax(r.before_e12, r.day) AS before_e12, max(r.day) AS day
            FROM `tierwatch`.rate_sums AS r
            WHERE r.day <= {day:Date}
            GROUP BY unit
        ) AS now_rate ON now_rate.unit = h.unit
        GROUP BY customer_id, scheme
    )
) AS c
SETTINGS join_use_nulls = 0;

-- 010_customer_tiers.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.customer_tiers_raw ON CLUSTER `bank`
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(3)),
    scheme LowCardinality(String) COMMENT 'Scheme of the policy',
    day Date COMMENT 'Day after whose CLOSE this holds',
    standing Enum8('' = 0, 'NEW' = 1, 'ACTIVE' = 2, 'LEFT' = 3) COMMENT 'NEW has no tier yet, LEFT has none any more' CODEC(ZSTD(1)),
    tier LowCardinality(String) COMMENT 'Tier after the close, in force from since_day',
    tier_rank Int16 COMMENT 'Place of the tier, 0 the lowest' CODEC(ZSTD(1)),
    misses UInt16 COMMENT 'Consecutive periods missed' CODEC(ZSTD(1)),
    watch Bool COMMENT 'On watch' CODEC(ZSTD(1)),
    since_day Nullable(Date) COMMENT 'First day of the tier' CODEC(Delta, ZSTD(1)),
    down_on Nullable(Date) COMMENT 'First day of the lower tier if nothing happens, null: no fall in sight' CODEC(ZSTD(1)),
    lands_on LowCardinality(String) COMMENT 'Tier of that fall',
    aum_minor Int64 COMMENT 'Value of the scheme''s metric that day; for averages the assets it counts, minor units of base currency' CODEC(T64, ZSTD(1)),
    adb_sum_minor Int64 COMMENT 'Sum of the day values of the open period so far (of the closed period on its last day), minor units times days' CODEC(T64, ZSTD(1)),
    period_start Nullable(Date) COMMENT 'First day of that period' CODEC(ZSTD(1)),
    period_end Nullable(Date) COMMENT 'Last day of that period' CODEC(ZSTD(1)),
    period_kind Enum8('' = 0, 'MONTH' = 1, 'QUARTER' = 2, 'DAYS' = 3, 'ROLLING' = 4) COMMENT 'How the next period follows; ROLLING: a window longer than its assessment; empty: no average' CODEC(ZSTD(1)),
    day_count UInt16 COMMENT '30 where every period counts as 30 days, 0 where it counts its own' CODEC(ZSTD(1)),
    divisor Int32 COMMENT 'Days the sum is divided by at the period''s end' CODEC(ZSTD(1)),
    threshold_minor Int64 COMMENT 'What the tier asks for, 0 the lowest' CODEC(ZSTD(1)),
    next_threshold_minor Int64 COMMENT 'What the tier above asks for, 0: none above' CODEC(ZSTD(1)),
    deposit_weight_bp Int32 COMMENT 'Weight a deposit counts with, basis points; 0: money is no lever' CODEC(ZSTD(1)),
    holding_keys LowCardinality(String) COMMENT 'End-of-day holdings: unit@weight in basis points, parted by character 31' CODEC(ZSTD(1)),
    holding_quantities Array(Int64) COMMENT 'End-of-day holdings: smallest units' CODEC(T64, ZSTD(1)),
    run_rate_minor Int64 COMMENT 'Value projected at the customer''s own pace, minor units of base currency' CODEC(T64, ZSTD(1)),
    run_rate_down_on Nullable(Date) COMMENT 'Fall at the customer''s own pace, null: none in sight' CODEC(ZSTD(1)),
    guarantee_until Nullable(Date) COMMENT 'Last day of a guarantee or protection' CODEC(ZSTD(1)),
    provisional Bool COMMENT 'A rate or a result is still missing' CODEC(ZSTD(1)),
    restated Bool COMMENT 'Written again because of a late record' CODEC(ZSTD(1)),
    policy LowCardinality(String) COMMENT 'Policy',
    policy_version UInt32 COMMENT 'Version of the policy' CODEC(ZSTD(1)),
    as_of DateTime('UTC') COMMENT 'The cut of the day' CODEC(ZSTD(1)),
    partition UInt16 COMMENT 'Partition of tierwatch.events' CODEC(ZSTD(1)),
    offset UInt64 COMMENT 'Offset of the record that caused it' CODEC(Delta, ZSTD(1)),
    record_hash UInt64 COMMENT 'xxHash64 of the whole snapshot record, for audit' CODEC(NONE),
    version UInt128 COMMENT 'day, then epoch(16) | offset(40) | sub-index(8): the greater one stands, so a day written again never hides a later one' CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (customer_id, scheme)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Newest standings as they came; read the view customer_tiers';

CREATE OR REPLACE VIEW `tierwatch`.customer_tiers ON CLUSTER `bank`
COMMENT 'Standing of each customer in each scheme as last written; for amounts of another day read customer_tiers_on'
AS SELECT
    * EXCEPT (version, holding_keys),
    arrayMap(k -> substring(k, 1, length(k) - position(reverse(k), '@')), if(holding_keys = '', [], splitByChar(char(31), holding_keys))) AS holding_units,
    arrayMap(k -> toInt32(splitByChar('@', k)[-1]), if(holding_keys = '', [], splitByChar(char(31), holding_keys))) AS holding_weights_bp
FROM `tierwatch`.customer_tiers_raw FINAL;

ALTER TABLE `tierwatch`.customer_tiers ON CLUSTER `bank`
    COMMENT COLUMN holding_units 'End-of-day holdings: unit (currency or fund code)',
    COMMENT COLUMN holding_weights_bp 'End-of-day holdings: weight in the scheme, basis points';

CREATE OR REPLACE VIEW `tierwatch`.customer_tiers_on ON CLUSTER `bank`
COMMENT 'customer_tiers_on(day = …): the newest standings with money, average, top-up and act-by of that day, which change while nothing happens. For today or a day to come; for a day long past read tier_on, which also knows older standings'
AS WITH last AS
(
    SELECT
        r.customer_id AS customer_id, r.scheme AS scheme, r.tier AS tier, r.tier_rank AS tier_rank,
        r.tier AS tier_next, r.tier_rank AS tier_rank_next, r.day AS written_on,
        r.standing AS standing, r.misses AS misses, r.watch AS watch, r.since_day AS since_day, r.down_on AS down_on, r.lands_on AS lands_on,
        r.aum_minor AS aum_minor, r.adb_sum_minor AS adb_sum_minor, r.period_start AS period_start, r.period_end AS period_end,
        r.period_kind AS period_kind, r.day_count AS day_count, r.divisor AS divisor, r.threshold_minor AS threshold_minor,
        r.next_threshold_minor AS next_threshold_minor, r.deposit_weight_bp AS deposit_weight_bp, r.holding_keys AS holding_keys,
        r.holding_quantities AS holding_quantities, r.guarantee_until AS guarantee_until, r.policy_version AS policy_version, r.as_of AS as_of,
        r.partition AS partition, r.offset AS offset
    FROM `tierwatch`.customer_tiers_raw AS r FINAL
    WHERE r.day <= {day:Date}
),
toInt256(10000000000000000) AS e16,
-- x / d, half to even: the only rounding there is. Wide integers divide slowly, so what nobody asks for is an expression of its own.
(x, d) -> sign(x) * (intDiv(2 * abs(x) + d, 2 * d)
    - ((intDiv(2 * abs(x) + d, 2 * d) * 2 * d = 2 * abs(x) + d) AND bitAnd(intDiv(2 * abs(x) + d, 2 * d), 1) = 1)) AS half_even
SELECT
    customer_id,
    scheme,
    {day:Date} AS day,
    tier,
    tier_rank,
    tier_next,
    tier_rank_next,
    standing,
    misses,
    watch,
    since_day,
    down_on,
    lands_on,
    if(holding_keys = '', c.aum_minor, toInt64(half_even(value_e16, e16))) AS aum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, e16))) AS adb_sum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, greatest(elapsed, 1) * e16))) AS adb_to_date_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16 + days_left * value_e16, greatest(dv, 1) * e16))) AS adb_estimate_minor,
    -- The smallest deposit of the day after, held to the period's end, that reaches the threshold.
    if(unknown OR days_left = 0 OR deposit_weight_bp = 0, NULL,
        toInt64(greatest(toInt256(0), intDiv(missing_e16 + per_minor_e16 - 1, per_minor_e16)))) AS top_up_minor,
    if(last_chance > {day:Date}, last_chance, NULL) AS act_by,
    p_start AS period_start,
    p_end AS period_end,
    dv AS divisor,
    threshold_minor,
    next_threshold_minor,
    guarantee_until,
    written_on,
    policy_version,
    as_of,
    partition,
    offset
FROM
(
    SELECT
        *,
        p_end IS NULL OR dv = 0 OR period_kind = '' AS unknown,
        if(unknown, 1, toInt32(assumeNotNull(p_end) - {day:Date})) AS days_left,
        -- Days counted so far. A period since opening and one of its own length end with the divisor; one of 30 counts from its start.
        if(unknown, 1, if(day_count = 0, dv - days_left, toInt32({day:Date} - assumeNotNull(p_start)) + 1)) AS elapsed,
        toInt256(if(same, adb_sum_minor, 0)) * e16 + gained_e16 AS sum_e16,
        toInt256(dv) * threshold_minor * e16 - sum_e16 - days_left * value_e16 AS missing_e16,
        toInt256(greatest(days_left, 1)) * greatest(deposit_weight_bp, 1) * toInt256(1000000000000) AS per_minor_e16
    FROM
    (
        SELECT
            customer_id, scheme,
            any(h.tier) AS tier, any(h.tier_rank) AS tier_rank, any(h.tier_next) AS tier_next, any(h.tier_rank_next) AS tier_rank_next,
            any(h.standing) AS standing, any(h.misses) AS misses, any(h.watch) AS watch, any(h.since_day) AS since_day, any(h.down_on) AS down_on,
            any(h.lands_on) AS lands_on, any(h.aum_minor) AS aum_minor, any(h.adb_sum_minor) AS adb_sum_minor, any(h.period_kind) AS period_kind,
            any(h.day_count) AS day_count, any(h.threshold_minor) AS threshold_minor, any(h.next_threshold_minor) AS next_threshold_minor,
            any(h.deposit_weight_bp) AS deposit_weight_bp, any(h.holding_keys) AS holding_keys, any(h.guarantee_until) AS guarantee_until,
            any(h.written_on) AS written_on, any(h.policy_version) AS policy_version, any(h.as_of) AS as_of, any(h.partition) AS partition,
            any(h.offset) AS offset, any(h.same) AS same, any(h.p_start) AS p_start, any(h.p_end) AS p_end, any(h.dv) AS dv,
            any(h.last_chance) AS last_chance,
            sum(toInt256(quantity) * weight_bp * (
                (now_rate.before_e12 + toInt256(now_rate.rate_e12) * (toInt32({day:Date} - now_rate.day) + 1))
                - (base_rate.before_e12 + toInt256(base_rate.rate_e12) * (toInt32(base_day - base_rate.day) + 1)))) AS gained_e16,
            sum(toInt256(quantity) * weight_bp * now_rate.rate_e12) AS value_e16
        FROM
        (
            SELECT
                *, quantity,
                ifNull({day:Date} <= period_end, false) AS same,
                toInt32(period_end - period_start) + 1 AS days,
                multiIf(
                    same, period_start,
                    period_kind = 'MONTH', toStartOfMonth({day:Date}),
                    period_kind = 'QUARTER', toStartOfQuarter({day:Date}),
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32({day:Date} - period_start), days),
                    NULL) AS p_start,
                multiIf(
                    same, period_end,
                    period_kind = 'MONTH', toLastDayOfMonth({day:Date}),
                    period_kind = 'QUARTER', addQuarters(toStartOfQuarter({day:Date}), 1) - 1,
                    period_kind = 'DAYS', p_start + days - 1,
                    NULL) AS p_end,
                toInt32(multiIf(divisor = 0, 0, same, divisor, day_count > 0, day_count, ifNull(toInt32(p_end - p_start) + 1, 0))) AS dv,
                ifNull(if(same, written_on, p_start - 1), {day:Date}) AS base_day,
                -- The end of the period whose miss brings the fall; a lag is shorter than a period.
                multiIf(
                    period_kind = 'MONTH', toStartOfMonth(down_on) - 1,
                    period_kind = 'QUARTER', toStartOfQuarter(down_on) - 1,
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32(down_on - period_start), days) - 1,
                    NULL) AS last_chance,
                substring(key, 1, length(key) - position(reverse(key), '@')) AS unit,
                toInt32OrZero(splitByChar('@', key)[-1]) AS weight_bp
            FROM last
            LEFT ARRAY JOIN if(holding_keys = '', [], splitByChar(char(31), holding_keys)) AS key, holding_quantities AS quantity
        ) AS h
        ASOF LEFT JOIN `tierwatch`.rate_sums AS base_rate ON base_rate.unit = h.unit AND base_rate.day <= h.base_day
        LEFT JOIN
        (
            SELECT unit, argMax(r.rate_e12, r.day) AS rate_e12, argMax(r.before_e12, r.day) AS before_e12, max(r.day) AS day
            FROM `tierwatch`.rate_sums AS r
            WHERE r.day <= {day:Date}
            GROUP BY unit
        ) AS now_rate ON now_rate.unit = h.unit
        GROUP BY customer_id, scheme
    )
) AS c
SETTINGS join_use_nulls = 0;

-- 011_customer_metrics.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.customer_metrics_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(day)
ORDER BY (customer_id, day)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Metrics and scores as they came; read the view customer_metrics';

CREATE OR REPLACE VIEW `tierwatch`.customer_metrics ON CLUSTER `bank`
COMMENT 'Metrics and scores per customer and day written; metrics[''name''] and scores[''name''] pick one'
AS SELECT
    * EXCEPT (version, metric_names, metric_values, score_names, score_values_bp, part_names, part_points_bp, part_weights_bp, scheme_names),
    CAST((if(metric_names = '', [], splitByChar(char(31), metric_names)), metric_values), 'Map(String, Int64)') AS metrics,
    CAST((if(score_names = '', [], splitByChar(char(31), score_names)), score_values_bp), 'Map(String, Int32)') AS scores,
    CAST((if(part_names = '', [], splitByChar(char(31), part_names)), arrayZip(part_points_bp, part_weights_bp)), 'Map(String, Tuple(points_bp Int32, weight_bp Int32))') AS contributions,
    if(scheme_names = '', [], splitByChar(char(31), scheme_names)) AS schemes
FROM `tierwatch`.customer_metrics_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

ALTER TABLE `tierwatch`.customer_metrics ON CLUSTER `bank`
    COMMENT COLUMN metrics 'Metrics of the policy by name, money in minor units of base currency',
    COMMENT COLUMN scores 'Scores of the policy by name, basis points',
    COMMENT COLUMN contributions 'What each dimension adds to each score, by score/dimension: points and weight, basis points',
    COMMENT COLUMN schemes 'Schemes with a row in customer_snapshots that day';

-- 012_tier_changes.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.tier_changes_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (customer_id, scheme, partition, offset, sub_index, kind, effective_day)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Tier changes as they came; read the view tier_changes';

CREATE OR REPLACE VIEW `tierwatch`.tier_changes ON CLUSTER `bank`
COMMENT 'Tier changes, one row each; superseded ones were replaced by a later CORRECTED'
AS SELECT
    * EXCEPT (version),
    -- A correction names the effective day of what it replaces; only changes of the tier itself are replaced.
    toBool(kind IN ('ENTERED', 'UPGRADED', 'DOWNGRADED', 'CORRECTED') AND arrayExists(
        c -> c.1 = effective_day AND (c.2, c.3) > (offset, sub_index),
        groupArrayIf((supersedes_day, offset, sub_index), kind = 'CORRECTED' AND supersedes_day IS NOT NULL) OVER (PARTITION BY customer_id, scheme))) AS superseded
FROM `tierwatch`.tier_changes_raw FINAL;

ALTER TABLE `tierwatch`.tier_changes ON CLUSTER `bank`
    COMMENT COLUMN superseded 'Replaced by a later CORRECTED of this effective day';

-- 013_alerts.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.alert_history_raw ON CLUSTER `bank`
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    alert_id String COMMENT 'The case: stable over replays' CODEC(ZSTD(1)),
    revision UInt32 COMMENT 'Revision of the case, from 1',
    supersedes String COMMENT 'Alert that this one replaces' CODEC(ZSTD(1)),
    code LowCardinality(String) COMMENT 'What it warns of, e.g. VALUE_DOWNGRADE_PROJECTED',
    state Enum8('' = 0, 'OPEN' = 1, 'AUTO_RESOLVED' = 2, 'EXPIRED' = 3, 'INHIBITED' = 4) COMMENT 'State of the case',
    severity Enum8('' = 0, 'INFO' = 1, 'WARNING' = 2, 'CRITICAL' = 3) COMMENT 'How pressing',
    mode LowCardinality(String) COMMENT 'LIVE or BACKFILL; only LIVE is delivered to people',
    scheme LowCardinality(String) COMMENT 'Scheme of the policy, empty: the customer as a whole',
    from_tier LowCardinality(String) COMMENT 'Tier at stake',
    lands_on LowCardinality(String) COMMENT 'Tier of the fall',
    falls_on Nullable(Date) COMMENT 'First day of the lower tier if nothing happens',
    act_by Nullable(Date) COMMENT 'Last day on which money still helps',
    misses_used UInt16 COMMENT 'Consecutive misses so far',
    misses_allowed UInt16 COMMENT 'Consecutive misses until the fall',
    opened_day Nullable(Date) COMMENT 'Day the case was opened',
    day Nullable(Date) COMMENT 'Day this revision speaks for',
    rm_id LowCardinality(String) COMMENT 'Relationship manager at that moment',
    branch_path Array(LowCardinality(String)) COMMENT 'Branch at that moment with those above it',
    branch LowCardinality(String) COMMENT 'Branch at that moment',
    display_name String COMMENT 'Name, masked by the source',
    phone_tail String COMMENT 'Last digits of the telephone',
    currency LowCardinality(String) COMMENT 'Base currency of the amounts',
    threshold_minor Int64 COMMENT 'What the tier asks for, minor units',
    adb_estimate_minor Int64 COMMENT 'Average at the period''s end if nothing happens, minor units',
    shortfall_minor Int64 COMMENT 'Average missing at the period''s end, minor units',
    daily_needed_minor Int64 COMMENT 'Balance needed each day that is left, minor units',
    top_up_minor Int64 COMMENT 'Smallest deposit that day, held to the period''s end, that keeps the tier, minor units',
    hold_after_minor Int64 COMMENT 'Balance to hold in the following periods, minor units',
    at_risk_minor Int64 COMMENT 'Assets that day, minor units',
    reachable Bool COMMENT 'Some sum of money suffices',
    has_lever Bool COMMENT 'Money is the lever; else the amounts are 0 and mean nothing',
    wait_days Array(Date) COMMENT 'What waiting costs: days',
    wait_top_up_minor Array(Int64) COMMENT 'What waiting costs: the top-up on each of those days, minor units',
    missing_metrics Array(LowCardinality(String)) COMMENT 'What is missing where money is no lever: metrics',
    missing_have Array(Int64) COMMENT 'What is missing: the value now',
    missing_need Array(Int64) COMMENT 'What is missing: the value needed',
    reason_codes Array(LowCardinality(String)) COMMENT 'Reasons, the greatest share first',
    reason_shares_bp Array(Int32) COMMENT 'Reasons: share of the decline, basis points',
    reason_amounts_minor Array(Int64) COMMENT 'Reasons: amount, minor units',
    reason_event_ids Array(String) COMMENT 'Reasons: the event, where one stands out',
    reason_days Array(Date) COMMENT 'Reasons: day, 1970-01-01: none',
    action LowCardinality(String) COMMENT 'Recommended action',
    suppressed Array(LowCardinality(String)) COMMENT 'Why other actions are not recommended',
    basis LowCardinality(String) COMMENT 'NO_ACTIVITY or OBSERVED',
    prices LowCardinality(String) COMMENT 'FLAT: prices stay',
    quality LowCardinality(String) COMMENT 'FINAL, PROVISIONAL or GAPS',
    text_zh String COMMENT 'Text for a person, Chinese' CODEC(ZSTD(1)),
    text_en String COMMENT 'Text for a person, English' CODEC(ZSTD(1)),
    policy LowCardinality(String) COMMENT 'Policy',
    policy_version UInt32 COMMENT 'Version of the policy',
    clause LowCardinality(String) COMMENT 'Clause of the policy',
    as_of DateTime('UTC') COMMENT 'Time of the log when it was judged',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset of the record that caused it',
    record_hash UInt64 COMMENT 'xxHash64 of the whole record, for audit' CODEC(NONE),
    version UInt64 COMMENT 'epoch(16) | offset(40) | sub-index(8): the greater one stands'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (customer_id, alert_id, revision)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Revisions of alerts as they came; read the view alert_history';

CREATE TABLE IF NOT EXISTS `tierwatch`.alerts_raw ON CLUSTER `bank`
(
    customer_id String COMMENT 'Customer, the bank''s pseudonym' CODEC(ZSTD(1)),
    alert_id String COMMENT 'The case: stable over replays' CODEC(ZSTD(1)),
    revision UInt32 COMMENT 'Revision of the case, from 1',
    supersedes String COMMENT 'Alert that this one replaces' CODEC(ZSTD(1)),
    code LowCardinality(String) COMMENT 'What it warns of, e.g. VALUE_DOWNGRADE_PROJECTED',
    state Enum8('' = 0, 'OPEN' = 1, 'AUTO_RESOLVED' = 2, 'EXPIRED' = 3, 'INHIBITED' = 4) COMMENT 'State of the case',
    severity Enum8('' = 0, 'INFO' = 1, 'WARNING' = 2, 'CRITICAL' = 3) COMMENT 'How pressing',
    mode LowCardinality(String) COMMENT 'LIVE or BACKFILL; only LIVE is delivered to people',
    scheme LowCardinality(String) COMMENT 'Scheme of the policy, empty: the customer as a whole',
    from_tier LowCardinality(String) COMMENT 'Tier at stake',
    lands_on LowCardinality(String) COMMENT 'Tier of the fall',
    falls_on Nullable(Date) COMMENT 'First day of the lower tier if nothing happens',
    act_by Nullable(Date) COMMENT 'Last day on which money still helps',
    misses_used UInt16 COMMENT 'Consecutive misses so far',
    misses_allowed UInt16 COMMENT 'Consecutive misses until the fall',
    opened_day Nullable(Date) COMMENT 'Day the case was opened',
    day Nullable(Date) COMMENT 'Day this revision speaks for',
    rm_id LowCardinality(String) COMMENT 'Relationship manager at that moment',
    branch_path Array(LowCardinality(String)) COMMENT 'Branch at that moment with those above it',
    branch LowCardinality(String) COMMENT 'Branch at that moment',
    display_name String COMMENT 'Name, masked by the source',
    phone_tail String COMMENT 'Last digits of the telephone',
    currency LowCardinality(String) COMMENT 'Base currency of the amounts',
    threshold_minor Int64 COMMENT 'What the tier asks for, minor units',
    adb_estimate_minor Int64 COMMENT 'Average at the period''s end if nothing happens, minor units',
    shortfall_minor Int64 COMMENT 'Average missing at the period''s end, minor units',
    daily_needed_minor Int64 COMMENT 'Balance needed each day that is left, minor units',
    top_up_minor Int64 COMMENT 'Smallest deposit that day, held to the period''s end, that keeps the tier, minor units',
    hold_after_minor Int64 COMMENT 'Balance to hold in the following periods, minor units',
    at_risk_minor Int64 COMMENT 'Assets that day, minor units',
    reachable Bool COMMENT 'Some sum of money suffices',
    has_lever Bool COMMENT 'Money is the lever; else the amounts are 0 and mean nothing',
    wait_days Array(Date) COMMENT 'What waiting costs: days',
    wait_top_up_minor Array(Int64) COMMENT 'What waiting costs: the top-up on each of those days, minor units',
    missing_metrics Array(LowCardinality(String)) COMMENT 'What is missing where money is no lever: metrics',
    missing_have Array(Int64) COMMENT 'What is missing: the value now',
    missing_need Array(Int64) COMMENT 'What is missing: the value needed',
    reason_codes Array(LowCardinality(String)) COMMENT 'Reasons, the greatest share first',
    reason_shares_bp Array(Int32) COMMENT 'Reasons: share of the decline, basis points',
    reason_amounts_minor Array(Int64) COMMENT 'Reasons: amount, minor units',
    reason_event_ids Array(String) COMMENT 'Reasons: the event, where one stands out',
    reason_days Array(Date) COMMENT 'Reasons: day, 1970-01-01: none',
    action LowCardinality(String) COMMENT 'Recommended action',
    suppressed Array(LowCardinality(String)) COMMENT 'Why other actions are not recommended',
    basis LowCardinality(String) COMMENT 'NO_ACTIVITY or OBSERVED',
    prices LowCardinality(String) COMMENT 'FLAT: prices stay',
    quality LowCardinality(String) COMMENT 'FINAL, PROVISIONAL or GAPS',
    text_zh String COMMENT 'Text for a person, Chinese' CODEC(ZSTD(1)),
    text_en String COMMENT 'Text for a person, English' CODEC(ZSTD(1)),
    policy LowCardinality(String) COMMENT 'Policy',
    policy_version UInt32 COMMENT 'Version of the policy',
    clause LowCardinality(String) COMMENT 'Clause of the policy',
    as_of DateTime('UTC') COMMENT 'Time of the log when it was judged',
    partition UInt16 COMMENT 'Partition of tierwatch.events',
    offset UInt64 COMMENT 'Offset of the record that caused it',
    record_hash UInt64 COMMENT 'xxHash64 of the whole record, for audit' CODEC(NONE),
    version UInt64 COMMENT 'epoch(16) | offset(40) | sub-index(8): the greater one stands'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY (customer_id, alert_id)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Alerts as they came; read the view alerts';

CREATE OR REPLACE VIEW `tierwatch`.alert_history ON CLUSTER `bank`
COMMENT 'Every revision of every alert'
AS SELECT * EXCEPT (version) FROM `tierwatch`.alert_history_raw FINAL;

CREATE OR REPLACE VIEW `tierwatch`.alerts ON CLUSTER `bank`
COMMENT 'The newest revision of every alert, one row per case'
AS SELECT * EXCEPT (version) FROM `tierwatch`.alerts_raw FINAL;

-- 014_dlq.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.dlq_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', dlq_offset)
ORDER BY (stage, cause, field, origin_name, origin_partition, origin_position, event_id, partition, offset, original_hash)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Dead letters as they came; read the view dlq';

CREATE OR REPLACE VIEW `tierwatch`.dlq ON CLUSTER `bank`
COMMENT 'Records that could not be used, one row each; a record given up twice by a repeated read is one'
AS SELECT * EXCEPT (original_hash) FROM `tierwatch`.dlq_raw FINAL;

-- 015_decided.sql

CREATE OR REPLACE VIEW `tierwatch`.verdicts_decided ON CLUSTER `bank`
COMMENT 'verdicts_decided(day = …): the verdicts said up to the CLOSE of that day, those of the CLOSE itself included'
AS SELECT v.*
FROM `tierwatch`.verdicts AS v
INNER JOIN `tierwatch`.closes AS c ON c.partition = v.partition
WHERE c.day = {day:Date} AND v.offset <= c.offset;

CREATE OR REPLACE VIEW `tierwatch`.events_decided ON CLUSTER `bank`
COMMENT 'events_decided(day = …): the transactions that counted when that day was closed, without what came later'
AS WITH
    said AS
    (
        SELECT v.customer_id AS customer_id, v.event_id AS event_id, v.partition AS partition, v.offset AS offset, v.kind AS kind, v.about_offset AS about_offset
        FROM `tierwatch`.verdicts_raw AS v
        INNER JOIN `tierwatch`.closes AS c ON c.partition = v.partition
        WHERE c.day = {day:Date} AND v.offset <= c.offset
    )
SELECT
    e.*,
    substring(event_id, length(source) + 2, length(event_id) - length(source) - length(toString(event_version)) - 2) AS txn_id,
    multiIf(status != 'POSTED', 0, direction = 'CREDIT', base_amount_minor, -base_amount_minor) AS flow_minor
FROM (SELECT * FROM `tierwatch`.events_raw FINAL) AS e
INNER JOIN (SELECT partition AS closed_partition, offset AS closed_at FROM `tierwatch`.closes WHERE day = {day:Date}) AS c ON c.closed_partition = e.partition
WHERE offset < closed_at
    AND (partition, offset) NOT IN
    (
        SELECT partition, about_offset
        FROM said
        WHERE kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked') AND about_offset >= 0
    )
    AND
    (
        (customer_id, event_id) NOT IN (SELECT customer_id, event_id FROM said WHERE kind IN ('superseded', 'reversed') AND about_offset = -1)
        OR (customer_id, event_id, partition, offset) IN
        (
            SELECT customer_id, event_id, partition, max(offset)
            FROM said
            WHERE kind IN ('superseded', 'reversed') AND about_offset = -1
            GROUP BY customer_id, event_id, partition
        )
    );

-- 016_alert_tiers.sql

ALTER TABLE `tierwatch`.alert_history_raw ON CLUSTER `bank`
    COMMENT COLUMN from_tier 'Tier at stake; of a tier change (TIER_…) the tier before',
    COMMENT COLUMN lands_on 'Tier of the fall; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next',
    COMMENT COLUMN falls_on 'First day of the lower tier if nothing happens; of a tier change (TIER_…) its effective day: for falls ahead filter by code';

ALTER TABLE `tierwatch`.alerts_raw ON CLUSTER `bank`
    COMMENT COLUMN from_tier 'Tier at stake; of a tier change (TIER_…) the tier before',
    COMMENT COLUMN lands_on 'Tier of the fall; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next',
    COMMENT COLUMN falls_on 'First day of the lower tier if nothing happens; of a tier change (TIER_…) its effective day: for falls ahead filter by code';

ALTER TABLE `tierwatch`.alert_history ON CLUSTER `bank`
    COMMENT COLUMN from_tier 'Tier at stake; of a tier change (TIER_…) the tier before',
    COMMENT COLUMN lands_on 'Tier of the fall; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next',
    COMMENT COLUMN falls_on 'First day of the lower tier if nothing happens; of a tier change (TIER_…) its effective day: for falls ahead filter by code';

ALTER TABLE `tierwatch`.alerts ON CLUSTER `bank`
    COMMENT COLUMN from_tier 'Tier at stake; of a tier change (TIER_…) the tier before',
    COMMENT COLUMN lands_on 'Tier of the fall; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next',
    COMMENT COLUMN falls_on 'First day of the lower tier if nothing happens; of a tier change (TIER_…) its effective day: for falls ahead filter by code';

-- 017_facts.sql

CREATE TABLE IF NOT EXISTS `tierwatch`.credit_status_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view credit_status';

CREATE OR REPLACE VIEW `tierwatch`.credit_status ON CLUSTER `bank`
COMMENT 'Reports on loans and cards; of an account the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM `tierwatch`.credit_status_raw FINAL;

CREATE TABLE IF NOT EXISTS `tierwatch`.complaints_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view complaints';

CREATE OR REPLACE VIEW `tierwatch`.complaints ON CLUSTER `bank`
COMMENT 'Complaints opened and closed; of a complaint the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM `tierwatch`.complaints_raw FINAL;

CREATE TABLE IF NOT EXISTS `tierwatch`.rm_actions_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view rm_actions';

CREATE OR REPLACE VIEW `tierwatch`.rm_actions ON CLUSTER `bank`
COMMENT 'What relationship managers did about alerts, every action'
AS SELECT * FROM `tierwatch`.rm_actions_raw FINAL;

CREATE TABLE IF NOT EXISTS `tierwatch`.tier_seeds_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view tier_seeds';

CREATE OR REPLACE VIEW `tierwatch`.tier_seeds ON CLUSTER `bank`
COMMENT 'Standings that the bank brought along; what became of them is in tier_changes'
AS SELECT * FROM `tierwatch`.tier_seeds_raw FINAL;

CREATE TABLE IF NOT EXISTS `tierwatch`.tier_overrides_raw ON CLUSTER `bank`
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (customer_id, event_time, source_seq, partition, offset)
SETTINGS replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records as they came; read the view tier_overrides';

CREATE OR REPLACE VIEW `tierwatch`.tier_overrides ON CLUSTER `bank`
COMMENT 'Tiers held by hand; what became of them is in tier_changes'
AS SELECT * FROM `tierwatch`.tier_overrides_raw FINAL;

-- 018_customer_tiers_on.sql

CREATE OR REPLACE VIEW `tierwatch`.customer_tiers_on ON CLUSTER `bank`
COMMENT 'customer_tiers_on(day = …): the same answer as tier_on(day = …). Quicker where hardly a customer was written after that day: for the last day closed, also while the next one is being closed, and for days to come'
AS WITH last AS
(
    SELECT *
    FROM
    (
        -- Customers whose newest row holds on the day, their tier in force: these are nearly all.
        SELECT
            r.customer_id AS customer_id, r.scheme AS scheme, r.tier AS tier, r.tier_rank AS tier_rank,
            r.day AS written_on, r.tier AS tier_next, r.tier_rank AS tier_rank_next,
            r.standing AS standing, r.misses AS misses, r.watch AS watch, r.since_day AS since_day, r.down_on AS down_on, r.lands_on AS lands_on,
            r.aum_minor AS aum_minor, r.adb_sum_minor AS adb_sum_minor, r.period_start AS period_start, r.period_end AS period_end,
            r.period_kind AS period_kind, r.day_count AS day_count, r.divisor AS divisor, r.threshold_minor AS threshold_minor,
            r.next_threshold_minor AS next_threshold_minor, r.deposit_weight_bp AS deposit_weight_bp, r.holding_keys AS holding_keys,
            r.holding_quantities AS holding_quantities, r.guarantee_until AS guarantee_until, r.policy_version AS policy_version, r.as_of AS as_of,
            r.partition AS partition, r.offset AS offset
        FROM `tierwatch`.customer_tiers_raw AS r FINAL
        WHERE r.day <= {day:Date} AND ifNull(r.since_day, r.day) <= {day:Date}
        UNION ALL
        -- The others as tier_on has them. Read after the first part: who was written in between is in both.
        SELECT *
        FROM
        (
            -- Of each column the value of the newest row: a column that nobody asks for is not read. argMax would pass over a NULL.
    WITH
        bitOr(bitShiftLeft(toUInt128(toUInt16(r.day)), 64), r.version) AS at,
        ifNull(r.since_day, r.day) <= {day:Date} AS in_force
    SELECT
        r.customer_id AS customer_id, r.scheme AS scheme,
        argMaxIf(r.tier, at, in_force) AS tier, argMaxIf(r.tier_rank, at, in_force) AS tier_rank,
        max(r.day) AS written_on, argMax(r.tier, at) AS tier_next, argMax(r.tier_rank, at) AS tier_rank_next, argMax(r.standing, at) AS standing,
        argMax(r.misses, at) AS misses, argMax(r.watch, at) AS watch, nullIf(argMax(ifNull(r.since_day, toDate(0)), at), toDate(0)) AS since_day,
        nullIf(argMax(ifNull(r.down_on, toDate(0)), at), toDate(0)) AS down_on, argMax(r.lands_on, at) AS lands_on,
        argMax(r.aum_minor, at) AS aum_minor, argMax(r.adb_sum_minor, at) AS adb_sum_minor,
        nullIf(argMax(ifNull(r.period_start, toDate(0)), at), toDate(0)) AS period_start,
        nullIf(argMax(ifNull(r.period_end, toDate(0)), at), toDate(0)) AS period_end, argMax(r.period_kind, at) AS period_kind,
        argMax(r.day_count, at) AS day_count, argMax(r.divisor, at) AS divisor, argMax(r.threshold_minor, at) AS threshold_minor,
        argMax(r.next_threshold_minor, at) AS next_threshold_minor, argMax(r.deposit_weight_bp, at) AS deposit_weight_bp,
        argMax(r.holding_keys, at) AS holding_keys, argMax(r.holding_quantities, at) AS holding_quantities,
        nullIf(argMax(ifNull(r.guarantee_until, toDate(0)), at), toDate(0)) AS guarantee_until, argMax(r.policy_version, at) AS policy_version,
        argMax(r.as_of, at) AS as_of, argMax(r.partition, at) AS partition, argMax(r.offset, at) AS offset
            FROM `tierwatch`.customer_snapshots_raw AS r
            WHERE r.day <= {day:Date} AND (r.customer_id, r.scheme) IN
            (
                SELECT n.customer_id, n.scheme
                FROM `tierwatch`.customer_tiers_raw AS n
                WHERE n.day > {day:Date} OR n.since_day > {day:Date}
            )
            GROUP BY customer_id, scheme
        )
    )
    LIMIT 1 BY customer_id, scheme
),
toInt256(10000000000000000) AS e16,
-- x / d, half to even: the only rounding there is. Wide integers divide slowly, so what nobody asks for is an expression of its own.
(x, d) -> sign(x) * (intDiv(2 * abs(x) + d, 2 * d)
    - ((intDiv(2 * abs(x) + d, 2 * d) * 2 * d = 2 * abs(x) + d) AND bitAnd(intDiv(2 * abs(x) + d, 2 * d), 1) = 1)) AS half_even
SELECT
    customer_id,
    scheme,
    {day:Date} AS day,
    tier,
    tier_rank,
    tier_next,
    tier_rank_next,
    standing,
    misses,
    watch,
    since_day,
    down_on,
    lands_on,
    if(holding_keys = '', c.aum_minor, toInt64(half_even(value_e16, e16))) AS aum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, e16))) AS adb_sum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, greatest(elapsed, 1) * e16))) AS adb_to_date_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16 + days_left * value_e16, greatest(dv, 1) * e16))) AS adb_estimate_minor,
    -- The smallest deposit of the day after, held to the period's end, that reaches the threshold.
    if(unknown OR days_left = 0 OR deposit_weight_bp = 0, NULL,
        toInt64(greatest(toInt256(0), intDiv(missing_e16 + per_minor_e16 - 1, per_minor_e16)))) AS top_up_minor,
    if(last_chance > {day:Date}, last_chance, NULL) AS act_by,
    p_start AS period_start,
    p_end AS period_end,
    dv AS divisor,
    threshold_minor,
    next_threshold_minor,
    guarantee_until,
    written_on,
    policy_version,
    as_of,
    partition,
    offset
FROM
(
    SELECT
        *,
        p_end IS NULL OR dv = 0 OR period_kind = '' AS unknown,
        if(unknown, 1, toInt32(assumeNotNull(p_end) - {day:Date})) AS days_left,
        -- Days counted so far. A period since opening and one of its own length end with the divisor; one of 30 counts from its start.
        if(unknown, 1, if(day_count = 0, dv - days_left, toInt32({day:Date} - assumeNotNull(p_start)) + 1)) AS elapsed,
        toInt256(if(same, adb_sum_minor, 0)) * e16 + gained_e16 AS sum_e16,
        toInt256(dv) * threshold_minor * e16 - sum_e16 - days_left * value_e16 AS missing_e16,
        toInt256(greatest(days_left, 1)) * greatest(deposit_weight_bp, 1) * toInt256(1000000000000) AS per_minor_e16
    FROM
    (
        SELECT
            customer_id, scheme,
            any(h.tier) AS tier, any(h.tier_rank) AS tier_rank, any(h.tier_next) AS tier_next, any(h.tier_rank_next) AS tier_rank_next,
            any(h.standing) AS standing, any(h.misses) AS misses, any(h.watch) AS watch, any(h.since_day) AS since_day, any(h.down_on) AS down_on,
            any(h.lands_on) AS lands_on, any(h.aum_minor) AS aum_minor, any(h.adb_sum_minor) AS adb_sum_minor, any(h.period_kind) AS period_kind,
            any(h.day_count) AS day_count, any(h.threshold_minor) AS threshold_minor, any(h.next_threshold_minor) AS next_threshold_minor,
            any(h.deposit_weight_bp) AS deposit_weight_bp, any(h.holding_keys) AS holding_keys, any(h.guarantee_until) AS guarantee_until,
            any(h.written_on) AS written_on, any(h.policy_version) AS policy_version, any(h.as_of) AS as_of, any(h.partition) AS partition,
            any(h.offset) AS offset, any(h.same) AS same, any(h.p_start) AS p_start, any(h.p_end) AS p_end, any(h.dv) AS dv,
            any(h.last_chance) AS last_chance,
            sum(toInt256(quantity) * weight_bp * (
                (now_rate.before_e12 + toInt256(now_rate.rate_e12) * (toInt32({day:Date} - now_rate.day) + 1))
                - (base_rate.before_e12 + toInt256(base_rate.rate_e12) * (toInt32(base_day - base_rate.day) + 1)))) AS gained_e16,
            sum(toInt256(quantity) * weight_bp * now_rate.rate_e12) AS value_e16
        FROM
        (
            SELECT
                *, quantity,
                ifNull({day:Date} <= period_end, false) AS same,
                toInt32(period_end - period_start) + 1 AS days,
                multiIf(
                    same, period_start,
                    period_kind = 'MONTH', toStartOfMonth({day:Date}),
                    period_kind = 'QUARTER', toStartOfQuarter({day:Date}),
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32({day:Date} - period_start), days),
                    NULL) AS p_start,
                multiIf(
                    same, period_end,
                    period_kind = 'MONTH', toLastDayOfMonth({day:Date}),
                    period_kind = 'QUARTER', addQuarters(toStartOfQuarter({day:Date}), 1) - 1,
                    period_kind = 'DAYS', p_start + days - 1,
                    NULL) AS p_end,
                toInt32(multiIf(divisor = 0, 0, same, divisor, day_count > 0, day_count, ifNull(toInt32(p_end - p_start) + 1, 0))) AS dv,
                ifNull(if(same, written_on, p_start - 1), {day:Date}) AS base_day,
                -- The end of the period whose miss brings the fall; a lag is shorter than a period.
                multiIf(
                    period_kind = 'MONTH', toStartOfMonth(down_on) - 1,
                    period_kind = 'QUARTER', toStartOfQuarter(down_on) - 1,
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32(down_on - period_start), days) - 1,
                    NULL) AS last_chance,
                substring(key, 1, length(key) - position(reverse(key), '@')) AS unit,
                toInt32OrZero(splitByChar('@', key)[-1]) AS weight_bp
            FROM last
            LEFT ARRAY JOIN if(holding_keys = '', [], splitByChar(char(31), holding_keys)) AS key, holding_quantities AS quantity
        ) AS h
        ASOF LEFT JOIN `tierwatch`.rate_sums AS base_rate ON base_rate.unit = h.unit AND base_rate.day <= h.base_day
        LEFT JOIN
        (
            SELECT unit, argMax(r.rate_e12, r.day) AS rate_e12, argMax(r.before_e12, r.day) AS before_e12, max(r.day) AS day
            FROM `tierwatch`.rate_sums AS r
            WHERE r.day <= {day:Date}
            GROUP BY unit
        ) AS now_rate ON now_rate.unit = h.unit
        GROUP BY customer_id, scheme
    )
) AS c
SETTINGS join_use_nulls = 0;

-- 019_last_word.sql

CREATE OR REPLACE VIEW `tierwatch`.accounts ON CLUSTER `bank`
COMMENT 'One row per account'
AS SELECT
    customer_id,
    account_id,
    argMaxIf(CAST(type, 'String'), said, type != '') AS account_type,
    argMaxIf(account_unit, said, account_unit != '') AS unit,
    argMax(tuple(opened), said).1 AS opened_day,
    argMax(tuple(closed), said).1 AS closed_day,
    argMax(tuple(maturity), said).1 AS maturity_day,
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
    FROM `tierwatch`.account_facts_raw
    UNION ALL
    SELECT
        customer_id, account_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), last_offset) AS said,
        CAST(account_type, 'Enum8('''' = 0, ''DEMAND'' = 1, ''TIME'' = 2, ''NOTICE'' = 3, ''CARD_CREDIT'' = 4, ''LOAN'' = 5, ''WEALTH'' = 6, ''FUND'' = 7, ''BOND'' = 8, ''GOLD'' = 9, ''INSURANCE'' = 10, ''CUSTODY'' = 11)') AS type, unit AS account_unit, NULL AS opened, NULL AS closed, NULL AS maturity,
        0 AS limit_amount, false AS is_joint, '' AS product,
        first_day AS first_booked, last_day AS last_booked, observed AS seen,
        partition AS log_partition, last_offset AS log_offset
    FROM `tierwatch`.accounts_raw
)
GROUP BY customer_id, account_id;

ALTER TABLE `tierwatch`.accounts ON CLUSTER `bank`
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

CREATE OR REPLACE VIEW `tierwatch`.customers ON CLUSTER `bank`
COMMENT 'One row per customer seen in any record'
AS SELECT
    customer_id,
    argMaxIf(name, profiled, profiled.1 = 1) AS display_name,
    argMaxIf(tail, profiled, profiled.1 = 1) AS phone_tail,
    argMaxIf(seg, profiled, profiled.1 = 1) AS segment,
    argMaxIf(reg, profiled, profiled.1 = 1) AS region,
    argMaxIf(lang, profiled, profiled.1 = 1) AS language,
    argMaxIf(consent, profiled, profiled.1 = 1) AS marketing_consent,
    argMaxIf(tuple(since), profiled, profiled.1 = 1).1 AS since_day,
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
    FROM `tierwatch`.customer_facts_raw
    UNION ALL
    SELECT
        customer_id, (toUInt8(2), event_time, source_seq, offset) AS profiled,
        '', '', '', '', '', false, NULL, false,
        CAST(rm_id, 'String'), CAST(branch_path, 'Array(String)'), CAST(branch, 'String'),
        toDate(0), toDate(0), 0, partition, offset
    FROM `tierwatch`.rm_assignments_raw
    UNION ALL
    SELECT
        customer_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS profiled,
        '', '', '', '', '', false, NULL, false, '', CAST([], 'Array(String)'), '',
        min(first_day), max(last_day), uniqExact(account_id), any(partition), max(last_offset)
    FROM `tierwatch`.accounts_raw
    GROUP BY customer_id
)
GROUP BY customer_id;

ALTER TABLE `tierwatch`.customers ON CLUSTER `bank`
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

-- 020_in_force.sql

CREATE OR REPLACE VIEW `tierwatch`.tier_on ON CLUSTER `bank`
COMMENT 'tier_on(day = …): tier and money of every customer at the end of that day, carried through days without a row by that day''s rates. tier is the one in force on the day, tier_next the one from the day after'
AS WITH last AS
(
    -- Of each column the value of the newest row: a column that nobody asks for is not read. argMax would pass over a NULL.
    WITH
        bitOr(bitShiftLeft(toUInt128(toUInt16(r.day)), 64), r.version) AS at,
        ifNull(r.since_day, r.day) <= {day:Date} AS in_force
    SELECT
        r.customer_id AS customer_id, r.scheme AS scheme,
        argMaxIf(r.tier, at, in_force) AS tier, argMaxIf(r.tier_rank, at, in_force) AS tier_rank,
        max(r.day) AS written_on, argMax(r.tier, at) AS tier_next, argMax(r.tier_rank, at) AS tier_rank_next, argMax(r.standing, at) AS standing,
        argMax(r.misses, at) AS misses, argMax(r.watch, at) AS watch, nullIf(argMax(ifNull(r.since_day, toDate(0)), at), toDate(0)) AS since_day,
        nullIf(argMax(ifNull(r.down_on, toDate(0)), at), toDate(0)) AS down_on, argMax(r.lands_on, at) AS lands_on,
        argMax(r.aum_minor, at) AS aum_minor, argMax(r.adb_sum_minor, at) AS adb_sum_minor,
        nullIf(argMax(ifNull(r.period_start, toDate(0)), at), toDate(0)) AS period_start,
        nullIf(argMax(ifNull(r.period_end, toDate(0)), at), toDate(0)) AS period_end, argMax(r.period_kind, at) AS period_kind,
        argMax(r.day_count, at) AS day_count, argMax(r.divisor, at) AS divisor, argMax(r.threshold_minor, at) AS threshold_minor,
        argMax(r.next_threshold_minor, at) AS next_threshold_minor, argMax(r.deposit_weight_bp, at) AS deposit_weight_bp,
        argMax(r.holding_keys, at) AS holding_keys, argMax(r.holding_quantities, at) AS holding_quantities,
        nullIf(argMax(ifNull(r.guarantee_until, toDate(0)), at), toDate(0)) AS guarantee_until, argMax(r.policy_version, at) AS policy_version,
        argMax(r.as_of, at) AS as_of, argMax(r.partition, at) AS partition, argMax(r.offset, at) AS offset
    FROM `tierwatch`.customer_snapshots_raw AS r FINAL
    WHERE r.day <= {day:Date}
    GROUP BY customer_id, scheme
),
toInt256(10000000000000000) AS e16,
-- x / d, half to even: the only rounding there is. Wide integers divide slowly, so what nobody asks for is an expression of its own.
(x, d) -> sign(x) * (intDiv(2 * abs(x) + d, 2 * d)
    - ((intDiv(2 * abs(x) + d, 2 * d) * 2 * d = 2 * abs(x) + d) AND bitAnd(intDiv(2 * abs(x) + d, 2 * d), 1) = 1)) AS half_even
SELECT
    customer_id,
    scheme,
    {day:Date} AS day,
    tier,
    tier_rank,
    tier_next,
    tier_rank_next,
    standing,
    misses,
    watch,
    since_day,
    down_on,
    lands_on,
    if(holding_keys = '', c.aum_minor, toInt64(half_even(value_e16, e16))) AS aum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, e16))) AS adb_sum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, greatest(elapsed, 1) * e16))) AS adb_to_date_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16 + days_left * value_e16, greatest(dv, 1) * e16))) AS adb_estimate_minor,
    -- The smallest deposit of the day after, held to the period's end, that reaches the threshold.
    if(unknown OR days_left = 0 OR deposit_weight_bp = 0, NULL,
        toInt64(greatest(toInt256(0), intDiv(missing_e16 + per_minor_e16 - 1, per_minor_e16)))) AS top_up_minor,
    if(last_chance > {day:Date}, last_chance, NULL) AS act_by,
    p_start AS period_start,
    p_end AS period_end,
    dv AS divisor,
    threshold_minor,
    next_threshold_minor,
    guarantee_until,
    written_on,
    policy_version,
    as_of,
    partition,
    offset
FROM
(
    SELECT
        *,
        p_end IS NULL OR dv = 0 OR period_kind = '' AS unknown,
        if(unknown, 1, toInt32(assumeNotNull(p_end) - {day:Date})) AS days_left,
        -- Days counted so far. A period since opening and one of its own length end with the divisor; one of 30 counts from its start.
        if(unknown, 1, if(day_count = 0, dv - days_left, toInt32({day:Date} - assumeNotNull(p_start)) + 1)) AS elapsed,
        toInt256(if(same, adb_sum_minor, 0)) * e16 + gained_e16 AS sum_e16,
        toInt256(dv) * threshold_minor * e16 - sum_e16 - days_left * value_e16 AS missing_e16,
        toInt256(greatest(days_left, 1)) * greatest(deposit_weight_bp, 1) * toInt256(1000000000000) AS per_minor_e16
    FROM
    (
        SELECT
            customer_id, scheme,
            any(h.tier) AS tier, any(h.tier_rank) AS tier_rank, any(h.tier_next) AS tier_next, any(h.tier_rank_next) AS tier_rank_next,
            any(h.standing) AS standing, any(h.misses) AS misses, any(h.watch) AS watch, any(h.since_day) AS since_day, any(h.down_on) AS down_on,
            any(h.lands_on) AS lands_on, any(h.aum_minor) AS aum_minor, any(h.adb_sum_minor) AS adb_sum_minor, any(h.period_kind) AS period_kind,
            any(h.day_count) AS day_count, any(h.threshold_minor) AS threshold_minor, any(h.next_threshold_minor) AS next_threshold_minor,
            any(h.deposit_weight_bp) AS deposit_weight_bp, any(h.holding_keys) AS holding_keys, any(h.guarantee_until) AS guarantee_until,
            any(h.written_on) AS written_on, any(h.policy_version) AS policy_version, any(h.as_of) AS as_of, any(h.partition) AS partition,
            any(h.offset) AS offset, any(h.same) AS same, any(h.p_start) AS p_start, any(h.p_end) AS p_end, any(h.dv) AS dv,
            any(h.last_chance) AS last_chance,
            sum(toInt256(quantity) * weight_bp * (
                (now_rate.before_e12 + toInt256(now_rate.rate_e12) * (toInt32({day:Date} - now_rate.day) + 1))
                - (base_rate.before_e12 + toInt256(base_rate.rate_e12) * (toInt32(base_day - base_rate.day) + 1)))) AS gained_e16,
            sum(toInt256(quantity) * weight_bp * now_rate.rate_e12) AS value_e16
        FROM
        (
            SELECT
                *, quantity,
                ifNull({day:Date} <= period_end, false) AS same,
                toInt32(period_end - period_start) + 1 AS days,
                multiIf(
                    same, period_start,
                    period_kind = 'MONTH', toStartOfMonth({day:Date}),
                    period_kind = 'QUARTER', toStartOfQuarter({day:Date}),
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32({day:Date} - period_start), days),
                    NULL) AS p_start,
                multiIf(
                    same, period_end,
                    period_kind = 'MONTH', toLastDayOfMonth({day:Date}),
                    period_kind = 'QUARTER', addQuarters(toStartOfQuarter({day:Date}), 1) - 1,
                    period_kind = 'DAYS', p_start + days - 1,
                    NULL) AS p_end,
                toInt32(multiIf(divisor = 0, 0, same, divisor, day_count > 0, day_count, ifNull(toInt32(p_end - p_start) + 1, 0))) AS dv,
                ifNull(if(same, written_on, p_start - 1), {day:Date}) AS base_day,
                -- The end of the period whose miss brings the fall; a lag is shorter than a period.
                multiIf(
                    period_kind = 'MONTH', toStartOfMonth(down_on) - 1,
                    period_kind = 'QUARTER', toStartOfQuarter(down_on) - 1,
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32(down_on - period_start), days) - 1,
                    NULL) AS last_chance,
                substring(key, 1, length(key) - position(reverse(key), '@')) AS unit,
                toInt32OrZero(splitByChar('@', key)[-1]) AS weight_bp
            FROM last
            LEFT ARRAY JOIN if(holding_keys = '', [], splitByChar(char(31), holding_keys)) AS key, holding_quantities AS quantity
        ) AS h
        ASOF LEFT JOIN `tierwatch`.rate_sums AS base_rate ON base_rate.unit = h.unit AND base_rate.day <= h.base_day
        LEFT JOIN
        (
            SELECT unit, argMax(r.rate_e12, r.day) AS rate_e12, argMax(r.before_e12, r.day) AS before_e12, max(r.day) AS day
            FROM `tierwatch`.rate_sums AS r
            WHERE r.day <= {day:Date}
            GROUP BY unit
        ) AS now_rate ON now_rate.unit = h.unit
        GROUP BY customer_id, scheme
    )
) AS c
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

CREATE OR REPLACE VIEW `tierwatch`.customer_tiers_on ON CLUSTER `bank`
COMMENT 'customer_tiers_on(day = …): the same answer as tier_on(day = …). Quicker where hardly a customer was written after that day: for the last day closed, also while the next one is being closed, and for days to come'
AS WITH last AS
(
    SELECT *
    FROM
    (
        -- Customers whose newest row holds on the day, their tier in force: these are nearly all.
        SELECT
            r.customer_id AS customer_id, r.scheme AS scheme, r.tier AS tier, r.tier_rank AS tier_rank,
            r.day AS written_on, r.tier AS tier_next, r.tier_rank AS tier_rank_next,
            r.standing AS standing, r.misses AS misses, r.watch AS watch, r.since_day AS since_day, r.down_on AS down_on, r.lands_on AS lands_on,
            r.aum_minor AS aum_minor, r.adb_sum_minor AS adb_sum_minor, r.period_start AS period_start, r.period_end AS period_end,
            r.period_kind AS period_kind, r.day_count AS day_count, r.divisor AS divisor, r.threshold_minor AS threshold_minor,
            r.next_threshold_minor AS next_threshold_minor, r.deposit_weight_bp AS deposit_weight_bp, r.holding_keys AS holding_keys,
            r.holding_quantities AS holding_quantities, r.guarantee_until AS guarantee_until, r.policy_version AS policy_version, r.as_of AS as_of,
            r.partition AS partition, r.offset AS offset
        FROM `tierwatch`.customer_tiers_raw AS r FINAL
        WHERE r.day <= {day:Date} AND ifNull(r.since_day, r.day) <= {day:Date}
        UNION ALL
        -- The others as tier_on has them. Read after the first part: who was written in between is in both.
        SELECT *
        FROM
        (
            -- Of each column the value of the newest row: a column that nobody asks for is not read. argMax would pass over a NULL.
    WITH
        bitOr(bitShiftLeft(toUInt128(toUInt16(r.day)), 64), r.version) AS at,
        ifNull(r.since_day, r.day) <= {day:Date} AS in_force
    SELECT
        r.customer_id AS customer_id, r.scheme AS scheme,
        argMaxIf(r.tier, at, in_force) AS tier, argMaxIf(r.tier_rank, at, in_force) AS tier_rank,
        max(r.day) AS written_on, argMax(r.tier, at) AS tier_next, argMax(r.tier_rank, at) AS tier_rank_next, argMax(r.standing, at) AS standing,
        argMax(r.misses, at) AS misses, argMax(r.watch, at) AS watch, nullIf(argMax(ifNull(r.since_day, toDate(0)), at), toDate(0)) AS since_day,
        nullIf(argMax(ifNull(r.down_on, toDate(0)), at), toDate(0)) AS down_on, argMax(r.lands_on, at) AS lands_on,
        argMax(r.aum_minor, at) AS aum_minor, argMax(r.adb_sum_minor, at) AS adb_sum_minor,
        nullIf(argMax(ifNull(r.period_start, toDate(0)), at), toDate(0)) AS period_start,
        nullIf(argMax(ifNull(r.period_end, toDate(0)), at), toDate(0)) AS period_end, argMax(r.period_kind, at) AS period_kind,
        argMax(r.day_count, at) AS day_count, argMax(r.divisor, at) AS divisor, argMax(r.threshold_minor, at) AS threshold_minor,
        argMax(r.next_threshold_minor, at) AS next_threshold_minor, argMax(r.deposit_weight_bp, at) AS deposit_weight_bp,
        argMax(r.holding_keys, at) AS holding_keys, argMax(r.holding_quantities, at) AS holding_quantities,
        nullIf(argMax(ifNull(r.guarantee_until, toDate(0)), at), toDate(0)) AS guarantee_until, argMax(r.policy_version, at) AS policy_version,
        argMax(r.as_of, at) AS as_of, argMax(r.partition, at) AS partition, argMax(r.offset, at) AS offset
            FROM `tierwatch`.customer_snapshots_raw AS r FINAL
            WHERE r.day <= {day:Date} AND (r.customer_id, r.scheme) IN
            (
                SELECT n.customer_id, n.scheme
                FROM `tierwatch`.customer_tiers_raw AS n
                WHERE n.day > {day:Date} OR n.since_day > {day:Date}
            )
            GROUP BY customer_id, scheme
        )
    )
    LIMIT 1 BY customer_id, scheme
),
toInt256(10000000000000000) AS e16,
-- x / d, half to even: the only rounding there is. Wide integers divide slowly, so what nobody asks for is an expression of its own.
(x, d) -> sign(x) * (intDiv(2 * abs(x) + d, 2 * d)
    - ((intDiv(2 * abs(x) + d, 2 * d) * 2 * d = 2 * abs(x) + d) AND bitAnd(intDiv(2 * abs(x) + d, 2 * d), 1) = 1)) AS half_even
SELECT
    customer_id,
    scheme,
    {day:Date} AS day,
    tier,
    tier_rank,
    tier_next,
    tier_rank_next,
    standing,
    misses,
    watch,
    since_day,
    down_on,
    lands_on,
    if(holding_keys = '', c.aum_minor, toInt64(half_even(value_e16, e16))) AS aum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, e16))) AS adb_sum_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16, greatest(elapsed, 1) * e16))) AS adb_to_date_minor,
    if(unknown, NULL, toInt64(half_even(sum_e16 + days_left * value_e16, greatest(dv, 1) * e16))) AS adb_estimate_minor,
    -- The smallest deposit of the day after, held to the period's end, that reaches the threshold.
    if(unknown OR days_left = 0 OR deposit_weight_bp = 0, NULL,
        toInt64(greatest(toInt256(0), intDiv(missing_e16 + per_minor_e16 - 1, per_minor_e16)))) AS top_up_minor,
    if(last_chance > {day:Date}, last_chance, NULL) AS act_by,
    p_start AS period_start,
    p_end AS period_end,
    dv AS divisor,
    threshold_minor,
    next_threshold_minor,
    guarantee_until,
    written_on,
    policy_version,
    as_of,
    partition,
    offset
FROM
(
    SELECT
        *,
        p_end IS NULL OR dv = 0 OR period_kind = '' AS unknown,
        if(unknown, 1, toInt32(assumeNotNull(p_end) - {day:Date})) AS days_left,
        -- Days counted so far. A period since opening and one of its own length end with the divisor; one of 30 counts from its start.
        if(unknown, 1, if(day_count = 0, dv - days_left, toInt32({day:Date} - assumeNotNull(p_start)) + 1)) AS elapsed,
        toInt256(if(same, adb_sum_minor, 0)) * e16 + gained_e16 AS sum_e16,
        toInt256(dv) * threshold_minor * e16 - sum_e16 - days_left * value_e16 AS missing_e16,
        toInt256(greatest(days_left, 1)) * greatest(deposit_weight_bp, 1) * toInt256(1000000000000) AS per_minor_e16
    FROM
    (
        SELECT
            customer_id, scheme,
            any(h.tier) AS tier, any(h.tier_rank) AS tier_rank, any(h.tier_next) AS tier_next, any(h.tier_rank_next) AS tier_rank_next,
            any(h.standing) AS standing, any(h.misses) AS misses, any(h.watch) AS watch, any(h.since_day) AS since_day, any(h.down_on) AS down_on,
            any(h.lands_on) AS lands_on, any(h.aum_minor) AS aum_minor, any(h.adb_sum_minor) AS adb_sum_minor, any(h.period_kind) AS period_kind,
            any(h.day_count) AS day_count, any(h.threshold_minor) AS threshold_minor, any(h.next_threshold_minor) AS next_threshold_minor,
            any(h.deposit_weight_bp) AS deposit_weight_bp, any(h.holding_keys) AS holding_keys, any(h.guarantee_until) AS guarantee_until,
            any(h.written_on) AS written_on, any(h.policy_version) AS policy_version, any(h.as_of) AS as_of, any(h.partition) AS partition,
            any(h.offset) AS offset, any(h.same) AS same, any(h.p_start) AS p_start, any(h.p_end) AS p_end, any(h.dv) AS dv,
            any(h.last_chance) AS last_chance,
            sum(toInt256(quantity) * weight_bp * (
                (now_rate.before_e12 + toInt256(now_rate.rate_e12) * (toInt32({day:Date} - now_rate.day) + 1))
                - (base_rate.before_e12 + toInt256(base_rate.rate_e12) * (toInt32(base_day - base_rate.day) + 1)))) AS gained_e16,
            sum(toInt256(quantity) * weight_bp * now_rate.rate_e12) AS value_e16
        FROM
        (
            SELECT
                *, quantity,
                ifNull({day:Date} <= period_end, false) AS same,
                toInt32(period_end - period_start) + 1 AS days,
                multiIf(
                    same, period_start,
                    period_kind = 'MONTH', toStartOfMonth({day:Date}),
                    period_kind = 'QUARTER', toStartOfQuarter({day:Date}),
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32({day:Date} - period_start), days),
                    NULL) AS p_start,
                multiIf(
                    same, period_end,
                    period_kind = 'MONTH', toLastDayOfMonth({day:Date}),
                    period_kind = 'QUARTER', addQuarters(toStartOfQuarter({day:Date}), 1) - 1,
                    period_kind = 'DAYS', p_start + days - 1,
                    NULL) AS p_end,
                toInt32(multiIf(divisor = 0, 0, same, divisor, day_count > 0, day_count, ifNull(toInt32(p_end - p_start) + 1, 0))) AS dv,
                ifNull(if(same, written_on, p_start - 1), {day:Date}) AS base_day,
                -- The end of the period whose miss brings the fall; a lag is shorter than a period.
                multiIf(
                    period_kind = 'MONTH', toStartOfMonth(down_on) - 1,
                    period_kind = 'QUARTER', toStartOfQuarter(down_on) - 1,
                    period_kind = 'DAYS', period_start + days * intDiv(toInt32(down_on - period_start), days) - 1,
                    NULL) AS last_chance,
                substring(key, 1, length(key) - position(reverse(key), '@')) AS unit,
                toInt32OrZero(splitByChar('@', key)[-1]) AS weight_bp
            FROM last
            LEFT ARRAY JOIN if(holding_keys = '', [], splitByChar(char(31), holding_keys)) AS key, holding_quantities AS quantity
        ) AS h
        ASOF LEFT JOIN `tierwatch`.rate_sums AS base_rate ON base_rate.unit = h.unit AND base_rate.day <= h.base_day
        LEFT JOIN
        (
            SELECT unit, argMax(r.rate_e12, r.day) AS rate_e12, argMax(r.before_e12, r.day) AS before_e12, max(r.day) AS day
            FROM `tierwatch`.rate_sums AS r
            WHERE r.day <= {day:Date}
            GROUP BY unit
        ) AS now_rate ON now_rate.unit = h.unit
        GROUP BY customer_id, scheme
    )
) AS c
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1;

-- 021_beginning.sql

ALTER TABLE `tierwatch`.control_raw ON CLUSTER `bank`
    COMMENT COLUMN kind 'term, close, handover, policy or engine; beginning: put in at offset 0 for what lies before a log that begins behind a CLOSE',
    COMMENT COLUMN term 'Writer of the record; a term below an earlier one is ignored. Beginning: the last one before',
    COMMENT COLUMN day 'Day closed or handed over, effective day of a policy; beginning: the last day closed before',
    COMMENT COLUMN at 'Cut of the closed day, else 1970',
    COMMENT COLUMN name 'Policy, holder of a term, or base currency of an engine or beginning',
    COMMENT COLUMN number 'Version of a policy or engine',
    COMMENT COLUMN fx_lag_days 'Engine, beginning: days for which the rate of a currency may still come',
    COMMENT COLUMN nav_lag_days 'Engine, beginning: days for which the price of another unit may still come',
    COMMENT COLUMN time_zone 'Engine, beginning: zone of the deployment';

ALTER TABLE `tierwatch`.rates_raw ON CLUSTER `bank`
    COMMENT COLUMN offset 'Offset in partition 0 of tierwatch.events; 0 too for what was said before a log that begins behind a CLOSE';

ALTER TABLE `tierwatch`.tiers_raw ON CLUSTER `bank`
    COMMENT COLUMN offset 'Offset of the activation in that partition; 0 in partition 0 for one before a log that begins behind a CLOSE';

CREATE OR REPLACE VIEW `tierwatch`.rates ON CLUSTER `bank`
COMMENT 'One rate per unit and day: the last that came before its day was fixed. A day without one keeps the rate before it'
AS WITH
    (SELECT (argMax(fx_lag_days, offset), argMax(nav_lag_days, offset)) FROM `tierwatch`.control_raw WHERE (kind = 'engine' OR kind = 'beginning') AND partition = 0) AS lag
SELECT
    unit,
    day,
    argMax(rate, came_at) AS rate_e12,
    max(came_at) AS offset
FROM
(
    SELECT
        r.unit AS unit, r.day AS day, r.rate_e12 AS rate, r.offset AS came_at, r.term AS term,
        t.ruling AS ruling, c.offset AS fixed_at, c.fixes AS fixed
    FROM
    (
        SELECT unit, day, offset, term, rate_e12, toUInt16(0) AS partition,
               day + if(match(unit, '^[A-Z]{3}$'), lag.1, lag.2) AS fixed_by
        FROM `tierwatch`.rates_raw
    ) AS r
    ASOF LEFT JOIN
    (
        SELECT partition, offset, max(term) OVER (ORDER BY offset) AS ruling
        FROM `tierwatch`.control_raw WHERE partition = 0
    ) AS t ON t.partition = r.partition AND t.offset <= r.offset
    ASOF LEFT JOIN
    (
        SELECT toUInt16(0) AS partition, day, max(offset) AS offset, toUInt8(1) AS fixes
        FROM
        (
            SELECT day, offset FROM `tierwatch`.closes WHERE partition = 0
            UNION ALL
            SELECT assumeNotNull(day) AS day, offset FROM `tierwatch`.control_raw WHERE kind = 'beginning' AND partition = 0
        )
        GROUP BY day
    ) AS c ON c.partition = r.partition AND c.day >= r.fixed_by
)
-- What was said before the log has the beginning's own place.
WHERE term >= ruling AND (fixed = 0 OR came_at <= fixed_at)
GROUP BY unit, day;

CREATE OR REPLACE VIEW `tierwatch`.tiers ON CLUSTER `bank`
COMMENT 'Tiers of every policy version, one row each'
AS WITH
    (SELECT max(day) FROM `tierwatch`.control_raw WHERE kind = 'close' OR kind = 'beginning') AS closed,
    (SELECT min(policy_version) FROM `tierwatch`.tiers_raw) AS first_version,
    (SELECT max(policy_version) FROM `tierwatch`.tiers_raw WHERE policy_version = first_version OR effective_day <= closed + 1) AS applied
SELECT *, toBool(policy_version = applied) AS in_force
FROM `tierwatch`.tiers_raw FINAL;

ALTER TABLE `tierwatch`.tiers ON CLUSTER `bank`
    COMMENT COLUMN in_force 'The version that applies after the last closed day';

-- 022_opening_balances.sql

CREATE OR REPLACE VIEW `tierwatch`.opening_balances ON CLUSTER `bank`
COMMENT 'The first position reported for each account, of those the fold took; later ones reconcile it and appear as healed verdicts where they differ. Where a booking told the balance before, the first reconciles too'
AS SELECT * FROM `tierwatch`.opening_balances_raw FINAL
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset
        FROM `tierwatch`.verdicts_raw
        WHERE kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked') AND about_offset >= 0
    )
ORDER BY customer_id, account_id, offset
LIMIT 1 BY customer_id, account_id;

-- 023_taken.sql

ALTER TABLE `tierwatch`.events_raw ON CLUSTER `bank`
    ADD COLUMN IF NOT EXISTS balance_trust Enum8('' = 0, 'NONE' = 1, 'ORDERED' = 2, 'DAY' = 3) COMMENT 'Whether balance_after is believed: NONE never, ORDERED at its place, DAY with the others of its day at the CLOSE; empty: no balance, or a row of the time before this column' CODEC(ZSTD(1)) AFTER balance_after;

CREATE OR REPLACE VIEW `tierwatch`.events ON CLUSTER `bank`
COMMENT 'Transactions that count: without records the fold judged duplicate, conflict, superseded, rejected or parked. Sums over it are the fold''s sums'
AS SELECT
    *,
    substring(event_id, length(source) + 2, length(event_id) - length(source) - length(toString(event_version)) - 2) AS txn_id,
    multiIf(status != 'POSTED', 0, direction = 'CREDIT', base_amount_minor, -base_amount_minor) AS flow_minor
FROM `tierwatch`.events_raw FINAL
-- A verdict takes out the record it judges, or, with about_offset -1, what came before of the id it names: an older
-- version whole, an older status (of one id only the last record stays).
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset
        FROM `tierwatch`.verdicts_raw
        WHERE kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked') AND about_offset >= 0
    )
    AND
    (
        (customer_id, event_id) NOT IN
        (
            SELECT customer_id, event_id FROM `tierwatch`.verdicts_raw WHERE kind IN ('superseded', 'reversed') AND about_offset = -1
        )
        OR (customer_id, event_id, partition, offset) IN
        (
            SELECT customer_id, event_id, partition, max(offset)
            FROM `tierwatch`.verdicts_raw
            WHERE kind IN ('superseded', 'reversed') AND about_offset = -1
            GROUP BY customer_id, event_id, partition
        )
    )
SETTINGS do_not_merge_across_partitions_select_final = 1;

ALTER TABLE `tierwatch`.events ON CLUSTER `bank`
    COMMENT COLUMN txn_id 'Id at the source, the middle of event_id',
    COMMENT COLUMN flow_minor 'Base amount signed in the customer''s view, 0 unless POSTED';

CREATE OR REPLACE VIEW `tierwatch`.events_decided ON CLUSTER `bank`
COMMENT 'events_decided(day = …): the transactions that counted when that day was closed, without what came later'
AS WITH
    said AS
    (
        SELECT v.customer_id AS customer_id, v.event_id AS event_id, v.partition AS partition, v.offset AS offset, v.kind AS kind, v.about_offset AS about_offset
        FROM `tierwatch`.verdicts_raw AS v
        INNER JOIN `tierwatch`.closes AS c ON c.partition = v.partition
        WHERE c.day = {day:Date} AND v.offset <= c.offset
    )
SELECT
    e.*,
    substring(event_id, length(source) + 2, length(event_id) - length(source) - length(toString(event_version)) - 2) AS txn_id,
    multiIf(status != 'POSTED', 0, direction = 'CREDIT', base_amount_minor, -base_amount_minor) AS flow_minor
FROM (SELECT * FROM `tierwatch`.events_raw FINAL) AS e
INNER JOIN (SELECT partition AS closed_partition, offset AS closed_at FROM `tierwatch`.closes WHERE day = {day:Date}) AS c ON c.closed_partition = e.partition
WHERE offset < closed_at
    AND (partition, offset) NOT IN
    (
        SELECT partition, about_offset
        FROM said
        WHERE kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked') AND about_offset >= 0
    )
    AND
    (
        (customer_id, event_id) NOT IN (SELECT customer_id, event_id FROM said WHERE kind IN ('superseded', 'reversed') AND about_offset = -1)
        OR (customer_id, event_id, partition, offset) IN
        (
            SELECT customer_id, event_id, partition, max(offset)
            FROM said
            WHERE kind IN ('superseded', 'reversed') AND about_offset = -1
            GROUP BY customer_id, event_id, partition
        )
    );

CREATE OR REPLACE VIEW `tierwatch`.accounts ON CLUSTER `bank`
COMMENT 'One row per account'
AS SELECT
    customer_id,
    account_id,
    argMaxIf(CAST(type, 'String'), said, type != '') AS account_type,
    argMaxIf(account_unit, said, account_unit != '') AS unit,
    argMax(tuple(opened), said).1 AS opened_day,
    argMax(tuple(closed), said).1 AS closed_day,
    argMax(tuple(maturity), said).1 AS maturity_day,
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
    FROM `tierwatch`.account_facts_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
    UNION ALL
    SELECT
        customer_id, account_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), last_offset) AS said,
        CAST(account_type, 'Enum8('''' = 0, ''DEMAND'' = 1, ''TIME'' = 2, ''NOTICE'' = 3, ''CARD_CREDIT'' = 4, ''LOAN'' = 5, ''WEALTH'' = 6, ''FUND'' = 7, ''BOND'' = 8, ''GOLD'' = 9, ''INSURANCE'' = 10, ''CUSTODY'' = 11)') AS type, unit AS account_unit, NULL AS opened, NULL AS closed, NULL AS maturity,
        0 AS limit_amount, false AS is_joint, '' AS product,
        first_day AS first_booked, last_day AS last_booked, observed AS seen,
        partition AS log_partition, last_offset AS log_offset
    FROM `tierwatch`.accounts_raw
)
GROUP BY customer_id, account_id;

ALTER TABLE `tierwatch`.accounts ON CLUSTER `bank`
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

CREATE OR REPLACE VIEW `tierwatch`.customers ON CLUSTER `bank`
COMMENT 'One row per customer seen in any record'
AS SELECT
    customer_id,
    argMaxIf(name, profiled, profiled.1 = 1) AS display_name,
    argMaxIf(tail, profiled, profiled.1 = 1) AS phone_tail,
    argMaxIf(seg, profiled, profiled.1 = 1) AS segment,
    argMaxIf(reg, profiled, profiled.1 = 1) AS region,
    argMaxIf(lang, profiled, profiled.1 = 1) AS language,
    argMaxIf(consent, profiled, profiled.1 = 1) AS marketing_consent,
    argMaxIf(tuple(since), profiled, profiled.1 = 1).1 AS since_day,
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
    FROM `tierwatch`.customer_facts_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
    UNION ALL
    SELECT
        customer_id, (toUInt8(2), event_time, source_seq, offset) AS profiled,
        '', '', '', '', '', false, NULL, false,
        CAST(rm_id, 'String'), CAST(branch_path, 'Array(String)'), CAST(branch, 'String'),
        toDate(0), toDate(0), 0, partition, offset
    FROM `tierwatch`.rm_assignments_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
    UNION ALL
    SELECT
        customer_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS profiled,
        '', '', '', '', '', false, NULL, false, '', CAST([], 'Array(String)'), '',
        min(first_day), max(last_day), uniqExact(account_id), any(partition), max(last_offset)
    FROM `tierwatch`.accounts_raw
    GROUP BY customer_id
)
GROUP BY customer_id;

ALTER TABLE `tierwatch`.customers ON CLUSTER `bank`
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

CREATE OR REPLACE VIEW `tierwatch`.rm_assignments ON CLUSTER `bank`
COMMENT 'Every assignment of a customer to a relationship manager that the fold took; the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM `tierwatch`.rm_assignments_raw FINAL
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
    );

CREATE OR REPLACE VIEW `tierwatch`.rm_on ON CLUSTER `bank`
COMMENT 'rm_on(day = …): who looked after each customer at the end of that day'
AS SELECT
    customer_id,
    argMax(rm_id, (event_time, source_seq, offset)) AS rm_id,
    argMax(branch_path, (event_time, source_seq, offset)) AS branch_path,
    argMax(branch, (event_time, source_seq, offset)) AS branch
FROM `tierwatch`.rm_assignments_raw
WHERE business_day <= {day:Date} AND (partition, offset) NOT IN
    (
        SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
    )
GROUP BY customer_id;

CREATE OR REPLACE VIEW `tierwatch`.credit_status ON CLUSTER `bank`
COMMENT 'Reports on loans and cards that the fold took; of an account the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM `tierwatch`.credit_status_raw FINAL
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
    );

CREATE OR REPLACE VIEW `tierwatch`.complaints ON CLUSTER `bank`
COMMENT 'Complaints opened and closed, as the fold took them; of a complaint the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM `tierwatch`.complaints_raw FINAL
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
    );

-- 024_left_out.sql

CREATE OR REPLACE VIEW `tierwatch`.accounts ON CLUSTER `bank`
COMMENT 'One row per account'
AS SELECT
    customer_id,
    account_id,
    argMaxIf(CAST(type, 'String'), said, type != '') AS account_type,
    argMaxIf(account_unit, said, account_unit != '') AS unit,
    argMaxIf(opened, said, opened IS NOT NULL) AS opened_day,
    argMax(tuple(closed), said).1 AS closed_day,
    argMax(tuple(maturity), said).1 AS maturity_day,
    argMaxIf(limit_amount, limit_told, limit_amount != 0) AS limit_minor,
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
        limit_minor AS limit_amount, (event_time, source_seq, offset) AS limit_told, joint AS is_joint, product_code AS product,
        toDate(0) AS first_booked, toDate(0) AS last_booked, (toDateTime(0, 'UTC'), toUInt64(0), toInt64(0)) AS seen,
        partition AS log_partition, offset AS log_offset
    FROM `tierwatch`.account_facts_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
    UNION ALL
    SELECT
        customer_id, account_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), last_offset) AS said,
        CAST(account_type, 'Enum8('''' = 0, ''DEMAND'' = 1, ''TIME'' = 2, ''NOTICE'' = 3, ''CARD_CREDIT'' = 4, ''LOAN'' = 5, ''WEALTH'' = 6, ''FUND'' = 7, ''BOND'' = 8, ''GOLD'' = 9, ''INSURANCE'' = 10, ''CUSTODY'' = 11)') AS type, unit AS account_unit, NULL AS opened, NULL AS closed, NULL AS maturity,
        0 AS limit_amount, (toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS limit_told, false AS is_joint, '' AS product,
        first_day AS first_booked, last_day AS last_booked, observed AS seen,
        partition AS log_partition, last_offset AS log_offset
    FROM `tierwatch`.accounts_raw
    UNION ALL
    -- A limit is the last word of either stream; of type and unit a credit status says least.
    SELECT
        customer_id, account_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS said,
        account_type AS type, '' AS account_unit, NULL AS opened, NULL AS closed, NULL AS maturity,
        limit_minor AS limit_amount, (event_time, source_seq, offset) AS limit_told, false AS is_joint, '' AS product,
        toDate(0) AS first_booked, toDate(0) AS last_booked, (toDateTime(0, 'UTC'), toUInt64(0), toInt64(0)) AS seen,
        partition AS log_partition, offset AS log_offset
    FROM `tierwatch`.credit_status_raw
    WHERE limit_minor != 0 AND (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
)
GROUP BY customer_id, account_id;

ALTER TABLE `tierwatch`.accounts ON CLUSTER `bank`
    COMMENT COLUMN account_type 'Kind of account',
    COMMENT COLUMN unit 'Currency or fund code of the balance',
    COMMENT COLUMN opened_day 'Day of opening as told last, null: never',
    COMMENT COLUMN closed_day 'Value day of closing, null: open',
    COMMENT COLUMN maturity_day 'Maturity, null: none',
    COMMENT COLUMN limit_minor 'Limit as told last, by the account''s own record or by a credit status, minor units of unit; 0: never',
    COMMENT COLUMN joint 'Held with others',
    COMMENT COLUMN product_code 'Product at the bank',
    COMMENT COLUMN first_day 'First business day booked, 1970-01-01: none',
    COMMENT COLUMN last_day 'Last business day booked, 1970-01-01: none',
    COMMENT COLUMN balance 'Newest balance the source reported, smallest units of unit; 0 where it reports none',
    COMMENT COLUMN balance_at 'When that balance stood, null: none reported',
    COMMENT COLUMN offset 'Offset of the newest record that tells any of this';

CREATE OR REPLACE VIEW `tierwatch`.customers ON CLUSTER `bank`
COMMENT 'One row per customer seen in any record'
AS SELECT
    customer_id,
    argMaxIf(name, profiled, profiled.1 = 1) AS display_name,
    argMaxIf(tail, profiled, profiled.1 = 1) AS phone_tail,
    argMaxIf(seg, profiled, profiled.1 = 1) AS segment,
    argMaxIf(reg, profiled, profiled.1 = 1) AS region,
    argMaxIf(lang, profiled, profiled.1 = 1) AS language,
    argMaxIf(consent, profiled, profiled.1 = 1) AS marketing_consent,
    argMaxIf(since, profiled, since IS NOT NULL) AS since_day,
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
    FROM `tierwatch`.customer_facts_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
    UNION ALL
    SELECT
        customer_id, (toUInt8(2), event_time, source_seq, offset) AS profiled,
        '', '', '', '', '', false, NULL, false,
        CAST(rm_id, 'String'), CAST(branch_path, 'Array(String)'), CAST(branch, 'String'),
        toDate(0), toDate(0), 0, partition, offset
    FROM `tierwatch`.rm_assignments_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM `tierwatch`.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
    UNION ALL
    SELECT
        customer_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS profiled,
        '', '', '', '', '', false, NULL, false, '', CAST([], 'Array(String)'), '',
        min(first_day), max(last_day), uniqExact(account_id), any(partition), max(last_offset)
    FROM `tierwatch`.accounts_raw
    GROUP BY customer_id
)
GROUP BY customer_id;

ALTER TABLE `tierwatch`.customers ON CLUSTER `bank`
    COMMENT COLUMN customer_id 'Customer, the bank''s pseudonym',
    COMMENT COLUMN display_name 'Name, masked by the source',
    COMMENT COLUMN phone_tail 'Last digits of the telephone',
    COMMENT COLUMN segment 'Segment at the bank',
    COMMENT COLUMN region 'Region',
    COMMENT COLUMN language 'Language he is addressed in',
    COMMENT COLUMN marketing_consent 'May be approached',
    COMMENT COLUMN since_day 'Customer since as told last, null: never',
    COMMENT COLUMN exited 'Has left or died',
    COMMENT COLUMN rm_id 'Relationship manager now',
    COMMENT COLUMN branch_path 'Branch now with those above it, head office first',
    COMMENT COLUMN branch 'Branch now',
    COMMENT COLUMN first_day 'First business day booked, 1970-01-01: none',
    COMMENT COLUMN last_day 'Last business day booked, 1970-01-01: none',
    COMMENT COLUMN accounts 'Accounts with bookings',
    COMMENT COLUMN partition 'Partition of tierwatch.events',
    COMMENT COLUMN offset 'Offset of the newest record about the customer';

-- 025_run_rate.sql

ALTER TABLE `tierwatch`.customer_snapshots_raw ON CLUSTER `bank`
    COMMENT COLUMN run_rate_minor 'Change of the scheme''s assets a day, the mean of the last 30 closed days, half to even; minor units of base currency';

ALTER TABLE `tierwatch`.customer_tiers_raw ON CLUSTER `bank`
    COMMENT COLUMN run_rate_minor 'Change of the scheme''s assets a day, the mean of the last 30 closed days, half to even; minor units of base currency';

-- 026_no_tier.sql

ALTER TABLE `tierwatch`.tier_changes_raw ON CLUSTER `bank`
    COMMENT COLUMN from_tier 'Tier before, empty: he had none',
    COMMENT COLUMN to_tier 'Tier after, empty: he has left',
    COMMENT COLUMN from_rank 'Its place by the rules of before, 0 the lowest, -1 none',
    COMMENT COLUMN to_rank 'Its place, 0 the lowest, -1 none',
    COMMENT COLUMN supersedes_day 'CORRECTED: effective day of the change it replaces, null: none',
    COMMENT COLUMN value_minor 'What the period reached, as it decided: average since opening, or what is secured so far; minor units of base currency for money',
    COMMENT COLUMN threshold_minor 'What the higher of the two tiers asks for';

ALTER TABLE `tierwatch`.tier_changes ON CLUSTER `bank`
    COMMENT COLUMN from_tier 'Tier before, empty: he had none',
    COMMENT COLUMN to_tier 'Tier after, empty: he has left',
    COMMENT COLUMN from_rank 'Its place by the rules of before, 0 the lowest, -1 none',
    COMMENT COLUMN to_rank 'Its place, 0 the lowest, -1 none',
    COMMENT COLUMN supersedes_day 'CORRECTED: effective day of the change it replaces, null: none',
    COMMENT COLUMN value_minor 'What the period reached, as it decided: average since opening, or what is secured so far; minor units of base currency for money',
    COMMENT COLUMN threshold_minor 'What the higher of the two tiers asks for';

ALTER TABLE `tierwatch`.customer_snapshots_raw ON CLUSTER `bank`
    COMMENT COLUMN tier 'Tier after the close, in force from since_day; empty: none',
    COMMENT COLUMN tier_rank 'Place of the tier, 0 the lowest, -1 none';

ALTER TABLE `tierwatch`.customer_tiers_raw ON CLUSTER `bank`
    COMMENT COLUMN tier 'Tier after the close, in force from since_day; empty: none',
    COMMENT COLUMN tier_rank 'Place of the tier, 0 the lowest, -1 none';

-- 027_no_tier_of_a_fall.sql

ALTER TABLE `tierwatch`.tier_changes_raw ON CLUSTER `bank`
    COMMENT COLUMN to_tier 'Tier after, empty: he has none any more';

ALTER TABLE `tierwatch`.tier_changes ON CLUSTER `bank`
    COMMENT COLUMN to_tier 'Tier after, empty: he has none any more';

ALTER TABLE `tierwatch`.customer_snapshots_raw ON CLUSTER `bank`
    COMMENT COLUMN lands_on 'Tier of that fall; empty beside a day: no tier in force tells where it ends';

ALTER TABLE `tierwatch`.customer_tiers_raw ON CLUSTER `bank`
    COMMENT COLUMN lands_on 'Tier of that fall; empty beside a day: no tier in force tells where it ends';

ALTER TABLE `tierwatch`.alert_history_raw ON CLUSTER `bank`
    COMMENT COLUMN lands_on 'Tier of the fall, empty: no tier in force tells where it ends; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next';

ALTER TABLE `tierwatch`.alerts_raw ON CLUSTER `bank`
    COMMENT COLUMN lands_on 'Tier of the fall, empty: no tier in force tells where it ends; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next';

ALTER TABLE `tierwatch`.alert_history ON CLUSTER `bank`
    COMMENT COLUMN lands_on 'Tier of the fall, empty: no tier in force tells where it ends; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next';

ALTER TABLE `tierwatch`.alerts ON CLUSTER `bank`
    COMMENT COLUMN lands_on 'Tier of the fall, empty: no tier in force tells where it ends; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next';

