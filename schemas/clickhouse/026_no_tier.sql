-- Who had no tier, or has none any more, has an empty one, of rank -1. And what a change tells of that which decided it.

ALTER TABLE ${database}.tier_changes_raw
    COMMENT COLUMN from_tier 'Tier before, empty: he had none',
    COMMENT COLUMN to_tier 'Tier after, empty: he has left',
    COMMENT COLUMN from_rank 'Its place by the rules of before, 0 the lowest, -1 none',
    COMMENT COLUMN to_rank 'Its place, 0 the lowest, -1 none',
    COMMENT COLUMN supersedes_day 'CORRECTED: effective day of the change it replaces, null: none',
    COMMENT COLUMN value_minor 'What the period reached, as it decided: average since opening, or what is secured so far; minor units of base currency for money',
    COMMENT COLUMN threshold_minor 'What the higher of the two tiers asks for';

ALTER TABLE ${database}.tier_changes
    COMMENT COLUMN from_tier 'Tier before, empty: he had none',
    COMMENT COLUMN to_tier 'Tier after, empty: he has left',
    COMMENT COLUMN from_rank 'Its place by the rules of before, 0 the lowest, -1 none',
    COMMENT COLUMN to_rank 'Its place, 0 the lowest, -1 none',
    COMMENT COLUMN supersedes_day 'CORRECTED: effective day of the change it replaces, null: none',
    COMMENT COLUMN value_minor 'What the period reached, as it decided: average since opening, or what is secured so far; minor units of base currency for money',
    COMMENT COLUMN threshold_minor 'What the higher of the two tiers asks for';

ALTER TABLE ${database}.customer_snapshots_raw
    COMMENT COLUMN tier 'Tier after the close, in force from since_day; empty: none',
    COMMENT COLUMN tier_rank 'Place of the tier, 0 the lowest, -1 none';

ALTER TABLE ${database}.customer_tiers_raw
    COMMENT COLUMN tier 'Tier after the close, in force from since_day; empty: none',
    COMMENT COLUMN tier_rank 'Place of the tier, 0 the lowest, -1 none';
