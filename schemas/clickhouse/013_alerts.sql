-- Alerts: each revision, and the newest revision of each case.

CREATE TABLE IF NOT EXISTS ${database}.alert_history_raw
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
ENGINE = ReplacingMergeTree(version)
ORDER BY (customer_id, alert_id, revision)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Revisions of alerts as they came; read the view alert_history';

CREATE TABLE IF NOT EXISTS ${database}.alerts_raw
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
ENGINE = ReplacingMergeTree(version)
ORDER BY (customer_id, alert_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Alerts as they came; read the view alerts';

CREATE OR REPLACE VIEW ${database}.alert_history
COMMENT 'Every revision of every alert'
AS SELECT * EXCEPT (version) FROM ${database}.alert_history_raw FINAL;

CREATE OR REPLACE VIEW ${database}.alerts
COMMENT 'The newest revision of every alert, one row per case'
AS SELECT * EXCEPT (version) FROM ${database}.alerts_raw FINAL;
