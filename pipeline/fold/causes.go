package fold

// Causes are those of the dead letters that the fold writes. They are stable, as
// event.Causes are.
func Causes() []string {
	return []string{
		"already_reversed", "balance_overflow", "future_day", "id_conflict", "invalid", "late_unverifiable", "no_policy",
		"original_not_posted", "too_late", "too_many_accounts", "too_many_complaints", "too_many_kinds",
		"too_many_observations", "too_many_units", "too_many_waiting", "unit_mismatch", "unknown_account",
		"unknown_original", "unknown_scheme", "unknown_tier",
	}
}
