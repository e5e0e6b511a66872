-- What a newer record leaves out, an opening day, a limit or the first day of a customer, is not taken back by it: the last
-- record that tells it holds. And a limit may be told by a credit status.

CREATE OR REPLACE VIEW ${database}.accounts
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
    FROM ${database}.account_facts_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
    UNION ALL
    SELECT
        customer_id, account_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), last_offset) AS said,
        CAST(account_type, 'Enum8('''' = 0, ''DEMAND'' = 1, ''TIME'' = 2, ''NOTICE'' = 3, ''CARD_CREDIT'' = 4, ''LOAN'' = 5, ''WEALTH'' = 6, ''FUND'' = 7, ''BOND'' = 8, ''GOLD'' = 9, ''INSURANCE'' = 10, ''CUSTODY'' = 11)') AS type, unit AS account_unit, NULL AS opened, NULL AS closed, NULL AS maturity,
        0 AS limit_amount, (toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS limit_told, false AS is_joint, '' AS product,
        first_day AS first_booked, last_day AS last_booked, observed AS seen,
        partition AS log_partition, last_offset AS log_offset
    FROM ${database}.accounts_raw
    UNION ALL
    -- A limit is the last word of either stream; of type and unit a credit status says least.
    SELECT
        customer_id, account_id, (toUInt8(0), toDateTime(0, 'UTC'), toInt64(0), toUInt64(0)) AS said,
        account_type AS type, '' AS account_unit, NULL AS opened, NULL AS closed, NULL AS maturity,
        limit_minor AS limit_amount, (event_time, source_seq, offset) AS limit_told, false AS is_joint, '' AS product,
        toDate(0) AS first_booked, toDate(0) AS last_booked, (toDateTime(0, 'UTC'), toUInt64(0), toInt64(0)) AS seen,
        partition AS log_partition, offset AS log_offset
    FROM ${database}.credit_status_raw
    WHERE limit_minor != 0 AND (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
)
GROUP BY customer_id, account_id;

ALTER TABLE ${database}.accounts
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
    FROM ${database}.customer_facts_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
    UNION ALL
    SELECT
        customer_id, (toUInt8(2), event_time, source_seq, offset) AS profiled,
        '', '', '', '', '', false, NULL, false,
        CAST(rm_id, 'String'), CAST(branch_path, 'Array(String)'), CAST(branch, 'String'),
        toDate(0), toDate(0), 0, partition, offset
    FROM ${database}.rm_assignments_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
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
