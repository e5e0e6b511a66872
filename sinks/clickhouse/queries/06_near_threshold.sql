-- Near a threshold, on both sides (临界)
-- Customers whose average at the period's end, if nothing happens, comes within the given percentage of a
-- threshold: short of the tier above (may rise), just above their own (may fall), or short of it (will miss).
SELECT
    customer_id,
    tier_next AS tier,
    multiIf(
        adb_estimate_minor < threshold_minor, 'misses',
        next_threshold_minor > 0 AND adb_estimate_minor >= next_threshold_minor, 'rises',
        next_threshold_minor > 0 AND adb_estimate_minor >= next_threshold_minor * (1 - {percent:UInt8} / 100), 'may rise',
        'may fall') AS side,
    adb_estimate_minor AS estimate_minor,
    if(side IN ('may rise', 'rises'), next_threshold_minor, threshold_minor) AS threshold,
    estimate_minor - threshold AS distance_minor
FROM customer_tiers_on(day = (SELECT max(day) FROM closes))
WHERE scheme = {scheme:String} AND standing = 'ACTIVE'
    AND abs(distance_minor) <= threshold * {percent:UInt8} / 100 AND threshold > 0
ORDER BY abs(distance_minor), customer_id
