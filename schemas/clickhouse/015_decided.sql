-- What the log held when a day was closed.

CREATE OR REPLACE VIEW ${database}.verdicts_decided
COMMENT 'verdicts_decided(day = …): the verdicts said up to the CLOSE of that day, those of the CLOSE itself included'
AS SELECT v.*
FROM ${database}.verdicts AS v
INNER JOIN ${database}.closes AS c ON c.partition = v.partition
WHERE c.day = {day:Date} AND v.offset <= c.offset;

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
