-- An opening position is one that the fold took: what it rejected, left out as older or as said before, or what was
-- parked, opens no account.

CREATE OR REPLACE VIEW ${database}.opening_balances
COMMENT 'The first position reported for each account, of those the fold took; later ones reconcile it and appear as healed verdicts where they differ. Where a booking told the balance before, the first reconciles too'
AS SELECT * FROM ${database}.opening_balances_raw FINAL
WHERE (partition, offset) NOT IN
    (
        SELECT partition, about_offset
        FROM ${database}.verdicts_raw
        WHERE kind IN ('duplicate', 'conflict', 'superseded', 'rejected', 'parked') AND about_offset >= 0
    )
ORDER BY customer_id, account_id, offset
LIMIT 1 BY customer_id, account_id;
