package clickhouse

import (
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// alertRow is a row of alert_history_raw and of alerts_raw.
type alertRow struct {
	a *pb.Alert
	stamp
}

var alertHistoryTable = &table[alertRow]{name: "alert_history_raw", columns: alertColumns}

var alertsTable = &table[alertRow]{name: "alerts_raw", columns: alertColumns}

var alertColumns = []column[alertRow]{
	text("customer_id", func(r *alertRow) string { return r.a.Customer.GetId() }),
	text("alert_id", func(r *alertRow) string { return r.a.AlertId }),
	u32("revision", func(r *alertRow) uint32 { return r.a.Revision }),
	text("supersedes", func(r *alertRow) string { return r.a.Supersedes }),
	word("code", func(r *alertRow) string { return r.a.Code }),
	enum("state", func(r *alertRow) int8 { return known(r.a.State, pb.AlertState_name) }),
	enum("severity", func(r *alertRow) int8 { return known(r.a.Severity, pb.Severity_name) }),
	word("mode", func(r *alertRow) string { return modeName(r.a.Mode) }),
	word("scheme", func(r *alertRow) string { return r.a.Scheme }),
	word("from_tier", func(r *alertRow) string { return r.a.From }),
	word("lands_on", func(r *alertRow) string { return r.a.LandsOn }),
	optDay("falls_on", func(r *alertRow) int32 { return r.a.FallsOn }),
	optDay("act_by", func(r *alertRow) int32 { return r.a.ActBy }),
	u16("misses_used", func(r *alertRow) uint16 { return uint16(r.a.MissesUsed) }),
	u16("misses_allowed", func(r *alertRow) uint16 { return uint16(r.a.MissesAllowed) }),
	optDay("opened_day", func(r *alertRow) int32 { return r.a.OpenedDay }),
	optDay("day", func(r *alertRow) int32 { return r.a.Day }),
	word("rm_id", func(r *alertRow) string { return r.a.Customer.GetRmId() }),
	wordList("branch_path", func(r *alertRow) []string { return r.a.Customer.GetBranchPath() }),
	word("branch", func(r *alertRow) string { return branchOf(r.a.Customer.GetBranchPath()) }),
	text("display_name", func(r *alertRow) string { return r.a.Customer.GetDisplay() }),
	text("phone_tail", func(r *alertRow) string { return r.a.Customer.GetPhoneTail() }),
	word("currency", func(r *alertRow) string { return r.a.Money.GetCurrency() }),
	i64("threshold_minor", func(r *alertRow) int64 { return r.a.Money.GetThresholdMinor() }),
	i64("adb_estimate_minor", func(r *alertRow) int64 { return r.a.Money.GetAdbEstimateMinor() }),
	i64("shortfall_minor", func(r *alertRow) int64 { return r.a.Money.GetShortfallMinor() }),
	i64("daily_needed_minor", func(r *alertRow) int64 { return r.a.Money.GetDailyNeededMinor() }),
	i64("top_up_minor", func(r *alertRow) int64 { return r.a.Money.GetTopUpMinor() }),
	i64("hold_after_minor", func(r *alertRow) int64 { return r.a.Money.GetHoldAfterMinor() }),
	i64("at_risk_minor", func(r *alertRow) int64 { return r.a.Money.GetAtRiskMinor() }),
	truth("reachable", func(r *alertRow) bool { return r.a.Money.GetReachable() }),
	truth("has_lever", func(r *alertRow) bool { return r.a.Money.GetHasLever() }),
	dayList("wait_days", func(r *alertRow, to []time.Time) []time.Time {
		return picked(to, r.a.Money.GetWait(), func(w *pb.Wait) time.Time { return date16(w.OnDay) })
	}),
	i64List("wait_top_up_minor", func(r *alertRow, to []int64) []int64 {
		return picked(to, r.a.Money.GetWait(), func(w *pb.Wait) int64 { return w.TopUpMinor })
	}),
	wordList("missing_metrics", func(r *alertRow) []string {
		return pick(r.a.Missing, func(m *pb.Missing) string { return m.Metric })
	}),
	i64List("missing_have", func(r *alertRow, to []int64) []int64 {
		return picked(to, r.a.Missing, func(m *pb.Missing) int64 { return m.Have })
	}),
	i64List("missing_need", func(r *alertRow, to []int64) []int64 {
		return picked(to, r.a.Missing, func(m *pb.Missing) int64 { return m.Need })
	}),
	wordList("reason_codes", func(r *alertRow) []string {
		return pick(r.a.Reasons, func(m *pb.Reason) string { return m.Code })
	}),
	i32List("reason_shares_bp", func(r *alertRow, to []int32) []int32 {
		return picked(to, r.a.Reasons, func(m *pb.Reason) int32 { return m.ShareBp })
	}),
	i64List("reason_amounts_minor", func(r *alertRow, to []int64) []int64 {
		return picked(to, r.a.Reasons, func(m *pb.Reason) int64 { return m.AmountMinor })
	}),
	textList("reason_event_ids", func(r *alertRow) []string {
		return pick(r.a.Reasons, func(m *pb.Reason) string { return m.EventId })
	}),
	dayList("reason_days", func(r *alertRow, to []time.Time) []time.Time {
		return picked(to, r.a.Reasons, func(m *pb.Reason) time.Time { return date16(m.Day) })
	}),
	word("action", func(r *alertRow) string { return r.a.Action.GetCode() }),
	wordList("suppressed", func(r *alertRow) []string { return r.a.Action.GetSuppressed() }),
	word("basis", func(r *alertRow) string { return r.a.Basis }),
	word("prices", func(r *alertRow) string { return r.a.Prices }),
	word("quality", func(r *alertRow) string { return r.a.Quality }),
	text("text_zh", func(r *alertRow) string { return r.a.TextZh }),
	text("text_en", func(r *alertRow) string { return r.a.TextEn }),
	word("policy", func(r *alertRow) string { return r.a.Policy.GetName() }),
	u32("policy_version", func(r *alertRow) uint32 { return r.a.Policy.GetVersion() }),
	word("clause", func(r *alertRow) string { return r.a.Policy.GetClause() }),
	moment("as_of", func(r *alertRow) int64 { return r.a.AsOf }),
	u16("partition", func(r *alertRow) uint16 { return r.partition }),
	u64("offset", func(r *alertRow) uint64 { return r.offset }),
	u64("record_hash", func(r *alertRow) uint64 { return r.hash }),
	u64("version", func(r *alertRow) uint64 { return r.version }),
}
