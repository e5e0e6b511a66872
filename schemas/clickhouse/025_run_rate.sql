-- What run_rate_minor holds was told wrongly: it is a change a day, no value.

ALTER TABLE ${database}.customer_snapshots_raw
    COMMENT COLUMN run_rate_minor 'Change of the scheme''s assets a day, the mean of the last 30 closed days, half to even; minor units of base currency';

ALTER TABLE ${database}.customer_tiers_raw
    COMMENT COLUMN run_rate_minor 'Change of the scheme''s assets a day, the mean of the last 30 closed days, half to even; minor units of base currency';
