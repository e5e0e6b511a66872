-- Of accounts, customers and who looks after them holds what the fold took: a record that it rejected, or that an
-- operator parked, says nothing here either. And bookings tell whether the balance that they report is believed.

ALTER TABLE ${database}.events_raw
    ADD COLUMN IF NOT EXISTS balance_trust Enum8('' = 0, 'NONE' = 1, 'ORDERED' = 2, 'DAY' = 3) COMMENT 'Whether balance_after is believed: NONE never, ORDERED at its place, DAY with the others of its day at the CLOSE; empty: no balance, or a row of the time before this column' CODEC(ZSTD(1)) AFTER balance_after;

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

CREATE OR REPLACE VIEW ${database}.events_decided
COMMENT 'events_decided(day = …): the transactions that counted when that day was closed, without what came later'
AS WITH
    said AS
    (
        SELECT v.customer_id AS customer_id, v.event_id AS event_id, v.partition AS partition, v.offset AS offset, v.kind AS kind, v.about_offset AS about_offset
        FROM ${database}.verdicts_raw AS v
        INNER JOIN ${database}.closes AS c ON c.partition = v.partition
        WHERE c.day = {day:Date} AND v.offset <= c.offset
    )
SELECT
    e.*,
    substring(event_id, length(source) + 2, length(event_id) - length(source) - length(toString(event_version)) - 2) AS txn_id,
    multiIf(status != 'POSTED', 0, direction = 'CREDIT', base_amount_minor, -base_amount_minor) AS flow_minor
FROM (SELECT * FROM ${database}.events_raw FINAL) AS e
INNER JOIN (SELECT partition AS closed_partition, offset AS closed_at FROM ${database}.closes WHERE day = {day:Date}) AS c ON c.closed_partition = e.partition
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

CREATE OR REPLACE VIEW ${database}.accounts
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
    FROM ${database}.account_facts_raw
    WHERE (partition, offset) NOT IN
        (
            SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
        )
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

CREATE OR REPLACE VIEW ${database}.rm_assignments
COMMENT 'Every assignment of a customer to a relationship manager that the fold took; the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM ${database}.rm_assignments_raw FINAL
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
    );

CREATE OR REPLACE VIEW ${database}.rm_on
COMMENT 'rm_on(day = …): who looked after each customer at the end of that day'
AS SELECT
    customer_id,
    argMax(rm_id, (event_time, source_seq, offset)) AS rm_id,
    argMax(branch_path, (event_time, source_seq, offset)) AS branch_path,
    argMax(branch, (event_time, source_seq, offset)) AS branch
FROM ${database}.rm_assignments_raw
WHERE business_day <= {day:Date} AND (partition, offset) NOT IN
    (
        SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
    )
GROUP BY customer_id;

CREATE OR REPLACE VIEW ${database}.credit_status
COMMENT 'Reports on loans and cards that the fold took; of an account the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM ${database}.credit_status_raw FINAL
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
    );

CREATE OR REPLACE VIEW ${database}.complaints
COMMENT 'Complaints opened and closed, as the fold took them; of a complaint the last by (event_time, source_seq, offset) holds'
AS SELECT * FROM ${database}.complaints_raw FINAL
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset FROM ${database}.verdicts_raw WHERE kind IN ('rejected', 'parked') AND about_offset >= 0
    );
