-- What the tiers and the day of an alert are: not every alert with a day warns of a fall.

ALTER TABLE ${database}.alert_history_raw
    COMMENT COLUMN from_tier 'Tier at stake; of a tier change (TIER_…) the tier before',
    COMMENT COLUMN lands_on 'Tier of the fall; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next',
    COMMENT COLUMN falls_on 'First day of the lower tier if nothing happens; of a tier change (TIER_…) its effective day: for falls ahead filter by code';

ALTER TABLE ${database}.alerts_raw
    COMMENT COLUMN from_tier 'Tier at stake; of a tier change (TIER_…) the tier before',
    COMMENT COLUMN lands_on 'Tier of the fall; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next',
    COMMENT COLUMN falls_on 'First day of the lower tier if nothing happens; of a tier change (TIER_…) its effective day: for falls ahead filter by code';

ALTER TABLE ${database}.alert_history
    COMMENT COLUMN from_tier 'Tier at stake; of a tier change (TIER_…) the tier before',
    COMMENT COLUMN lands_on 'Tier of the fall; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next',
    COMMENT COLUMN falls_on 'First day of the lower tier if nothing happens; of a tier change (TIER_…) its effective day: for falls ahead filter by code';

ALTER TABLE ${database}.alerts
    COMMENT COLUMN from_tier 'Tier at stake; of a tier change (TIER_…) the tier before',
    COMMENT COLUMN lands_on 'Tier of the fall; of a tier change (TIER_…) the new tier, of NEAR_UPGRADE the next',
    COMMENT COLUMN falls_on 'First day of the lower tier if nothing happens; of a tier change (TIER_…) its effective day: for falls ahead filter by code';
