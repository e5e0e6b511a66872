-- What the writer of time did: terms, closes, hand-overs, policies, engine.

CREATE TABLE IF NOT EXISTS ${database}.control_raw
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
ENGINE = ReplacingMergeTree
ORDER BY (partition, offset)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Control records of the log but ticks, rates and cut-offs; read the view closes';

CREATE OR REPLACE VIEW ${database}.closes
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
        FROM ${database}.control_raw FINAL
    )
    WHERE kind = 'close' AND term >= ruling
)
WHERE closed = toDate(0) OR day > closed;

ALTER TABLE ${database}.closes
    COMMENT COLUMN day 'Business day closed',
    COMMENT COLUMN partition 'Partition of tierwatch.events',
    COMMENT COLUMN offset 'Offset of the CLOSE in that partition',
    COMMENT COLUMN at 'The cut of the day';
