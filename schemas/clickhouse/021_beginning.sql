-- A log that begins behind the CLOSE of a snapshot does not say what its ENGINE, policies and rates said before. A row of
-- control_raw in its place says that, the rates and tiers of the time before stand beside it, and the views take it in.

ALTER TABLE ${database}.control_raw
    COMMENT COLUMN kind 'term, close, handover, policy or engine; beginning: put in at offset 0 for what lies before a log that begins behind a CLOSE',
    COMMENT COLUMN term 'Writer of the record; a term below an earlier one is ignored. Beginning: the last one before',
    COMMENT COLUMN day 'Day closed or handed over, effective day of a policy; beginning: the last day closed before',
    COMMENT COLUMN at 'Cut of the closed day, else 1970',
    COMMENT COLUMN name 'Policy, holder of a term, or base currency of an engine or beginning',
    COMMENT COLUMN number 'Version of a policy or engine',
    COMMENT COLUMN fx_lag_days 'Engine, beginning: days for which the rate of a currency may still come',
    COMMENT COLUMN nav_lag_days 'Engine, beginning: days for which the price of another unit may still come',
    COMMENT COLUMN time_zone 'Engine, beginning: zone of the deployment';

ALTER TABLE ${database}.rates_raw
    COMMENT COLUMN offset 'Offset in partition 0 of tierwatch.events; 0 too for what was said before a log that begins behind a CLOSE';

ALTER TABLE ${database}.tiers_raw
    COMMENT COLUMN offset 'Offset of the activation in that partition; 0 in partition 0 for one before a log that begins behind a CLOSE';

CREATE OR REPLACE VIEW ${database}.rates
COMMENT 'One rate per unit and day: the last that came before its day was fixed. A day without one keeps the rate before it'
AS WITH
    (SELECT (argMax(fx_lag_days, offset), argMax(nav_lag_days, offset)) FROM ${database}.control_raw WHERE (kind = 'engine' OR kind = 'beginning') AND partition = 0) AS lag
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
        FROM ${database}.rates_raw
    ) AS r
    ASOF LEFT JOIN
    (
        SELECT partition, offset, max(term) OVER (ORDER BY offset) AS ruling
        FROM ${database}.control_raw WHERE partition = 0
    ) AS t ON t.partition = r.partition AND t.offset <= r.offset
    ASOF LEFT JOIN
    (
        SELECT toUInt16(0) AS partition, day, max(offset) AS offset, toUInt8(1) AS fixes
        FROM
        (
            SELECT day, offset FROM ${database}.closes WHERE partition = 0
            UNION ALL
            SELECT assumeNotNull(day) AS day, offset FROM ${database}.control_raw WHERE kind = 'beginning' AND partition = 0
        )
        GROUP BY day
    ) AS c ON c.partition = r.partition AND c.day >= r.fixed_by
)
-- What was said before the log has the beginning's own place.
WHERE term >= ruling AND (fixed = 0 OR came_at <= fixed_at)
GROUP BY unit, day;

CREATE OR REPLACE VIEW ${database}.tiers
COMMENT 'Tiers of every policy version, one row each'
AS WITH
    (SELECT max(day) FROM ${database}.control_raw WHERE kind = 'close' OR kind = 'beginning') AS closed,
    (SELECT min(policy_version) FROM ${database}.tiers_raw) AS first_version,
    (SELECT max(policy_version) FROM ${database}.tiers_raw WHERE policy_version = first_version OR effective_day <= closed + 1) AS applied
SELECT *, toBool(policy_version = applied) AS in_force
FROM ${database}.tiers_raw FINAL;

ALTER TABLE ${database}.tiers
    COMMENT COLUMN in_force 'The version that applies after the last closed day';
