package clickhouse

import (
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// verdictRow is a row of verdicts_raw.
type verdictRow struct {
	v *pb.Verdict
	stamp
}

var verdictsTable = &table[verdictRow]{name: "verdicts_raw", columns: []column[verdictRow]{
	text("customer_id", func(r *verdictRow) string { return r.v.CustomerId }),
	u16("partition", func(r *verdictRow) uint16 { return r.partition }),
	u64("offset", func(r *verdictRow) uint64 { return r.offset }),
	u8("sub_index", func(r *verdictRow) uint8 { return r.sub }),
	enum("kind", func(r *verdictRow) int8 { return known(r.v.Kind, pb.VerdictKind_name) }),
	word("cause", func(r *verdictRow) string { return r.v.Cause }),
	text("event_id", func(r *verdictRow) string { return r.v.EventId }),
	text("account_id", func(r *verdictRow) string { return r.v.AccountId }),
	optDay("day", func(r *verdictRow) int32 { return r.v.Day }),
	i64("amount", func(r *verdictRow) int64 { return r.v.Amount }),
	// Offset 0 is never an event's (ENGINE opens a log), so 0 can mean "this record".
	i64("about_offset", func(r *verdictRow) int64 {
		if r.v.AboutOffset != 0 {
			return r.v.AboutOffset
		}
		return int64(r.offset)
	}),
	u64("record_hash", func(r *verdictRow) uint64 { return r.hash }),
	u64("version", func(r *verdictRow) uint64 { return r.version }),
}}

// verdictText is the name of a kind in the schema.
func verdictText(kind pb.VerdictKind) string {
	if known(kind, pb.VerdictKind_name) == 0 {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(kind.String(), "VERDICT_"))
}
