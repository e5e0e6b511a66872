-- A fall that no tier in force tells is told without one. And who has no tier any more need not have left.

ALTER TABLE ${database}.tier_changes_raw
    COMMENT COLUMN to_tier 'Tier after, empty: he has none any more';

ALTER TABLE ${database}.tier_changes
    COMMENT COLUMN to_tier 'Tier after, empty: he has none any more';

ALTER TABLE ${database}.customer_snapshots_raw
    COMMENT COLUMN lands_on 'Tier of that fall; empty beside a day: no tier in force tells where it ends';

ALTER TABLE ${database}.customer_tiers_raw
    COMMENT COLUMN lands_on 'Tier of that fall; empty beside a day: no tier in force tells where it ends';

ALTER TABLE ${database}.alert_history_raw
    COMMENT COLUMN lands_on 'Tier of the fall, empty: no tier in force tells where it ends; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next';

ALTER TABLE ${database}.alerts_raw
    COMMENT COLUMN lands_on 'Tier of the fall, empty: no tier in force tells where it ends; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next';

ALTER TABLE ${database}.alert_history
    COMMENT COLUMN lands_on 'Tier of the fall, empty: no tier in force tells where it ends; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next';

ALTER TABLE ${database}.alerts
    COMMENT COLUMN lands_on 'Tier of the fall, empty: no tier in force tells where it ends; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next';
