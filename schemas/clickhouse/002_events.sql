-- Transactions, one row per record of the log.

CREATE TABLE IF NOT EXISTS ${database}.events_raw
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
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(business_day)
ORDER BY (customer_id, event_id, partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every transaction record of the log, duplicates and rejected ones too; read the view events';

CREATE OR REPLACE VIEW ${database}.events
COMMENT 'Transactions that count: without records the fold judged duplicate, conflict, superseded, rejected or parked. Sums over it are the fold''s sums'
AS SELECT
    *,
    substring(event_id, length(source) + 2, length(event_id) - length(source) - length(toString(event_version)) - 2) AS txn_id,
    multiIf(status != 'POSTED', 0, direction = 'CREDIT', base_amount_minor, -base_amount_minor) AS flow_minor
FROM ${database}.events_raw FINAL
-- A verdict takes out the record it judges, or, with about_offset -1, what came before of the id it names: an older
-- version whole, an older status (of one id only the last record stays).
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset
        FROM ${database}.verdicts_raw
        WHERE kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked') AND about_offset >= 0
    )
    AND
    (
        (customer_id, event_id) NOT IN
        (
            SELECT customer_id, event_id FROM ${database}.verdicts_raw WHERE kind IN ('superseded', 'reversed') AND about_offset = -1
        )
        OR (customer_id, event_id, partition, offset) IN
        (
            SELECT customer_id, event_id, partition, max(offset)
            FROM ${database}.verdicts_raw
            WHERE kind IN ('superseded', 'reversed') AND about_offset = -1
            GROUP BY customer_id, event_id, partition
        )
    )
SETTINGS do_not_merge_across_partitions_select_final = 1;

ALTER TABLE ${database}.events
    COMMENT COLUMN txn_id 'Id at the source, the middle of event_id',
    COMMENT COLUMN flow_minor 'Base amount signed in the customer''s view, 0 unless POSTED';
