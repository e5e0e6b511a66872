package clickhouse

import (
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// standingRow is one scheme of a snapshot: a row of customer_snapshots_raw and of
// customer_tiers_raw.
type standingRow struct {
	snap   *pb.Snapshot
	scheme *pb.SchemeSnapshot
	stamp
}

func standingColumns(version column[standingRow]) []column[standingRow] {
	return []column[standingRow]{
		text("customer_id", func(r *standingRow) string { return r.snap.CustomerId }),
		word("scheme", func(r *standingRow) string { return r.scheme.Scheme }),
		day("day", func(r *standingRow) int32 { return r.snap.Day }),
		enum("standing", func(r *standingRow) int8 { return known(r.scheme.Standing, pb.Standing_name) }),
		word("tier", func(r *standingRow) string { return r.scheme.Tier }),
		i16("tier_rank", func(r *standingRow) int16 { return int16(r.scheme.TierRank) }),
		u16("misses", func(r *standingRow) uint16 { return uint16(r.scheme.Misses) }),
		truth("watch", func(r *standingRow) bool { return r.scheme.Watch }),
		optDay("since_day", func(r *standingRow) int32 { return r.scheme.SinceDay }),
		optDay("down_on", func(r *standingRow) int32 { return r.scheme.DownOn }),
		word("lands_on", func(r *standingRow) string { return r.scheme.LandsOn }),
		i64("aum_minor", func(r *standingRow) int64 { return r.scheme.AumMinor }),
		i64("adb_sum_minor", func(r *standingRow) int64 { return r.scheme.AdbSumMinor }),
		optDay("period_start", func(r *standingRow) int32 { return r.scheme.PeriodStart }),
		optDay("period_end", func(r *standingRow) int32 { return r.scheme.PeriodEnd }),
		enum("period_kind", func(r *standingRow) int8 { return known(r.scheme.PeriodKind, pb.PeriodKind_name) }),
		u16("day_count", func(r *standingRow) uint16 { return uint16(r.scheme.DayCount) }),
		i32("divisor", func(r *standingRow) int32 { return r.scheme.Divisor }),
		i64("threshold_minor", func(r *standingRow) int64 { return r.scheme.ThresholdMinor }),
		i64("next_threshold_minor", func(r *standingRow) int64 { return r.scheme.NextThresholdMinor }),
		i32("deposit_weight_bp", func(r *standingRow) int32 { return r.scheme.DepositWeightBp }),
		wordOf("holding_keys", func(r *standingRow, to []byte) []byte { return appendHoldingKeys(to, r.scheme.Holdings) }),
		i64List("holding_quantities", func(r *standingRow, to []int64) []int64 {
			return picked(to, r.scheme.Holdings, func(h *pb.Holding) int64 { return h.Quantity })
		}),
		i64("run_rate_minor", func(r *standingRow) int64 { return r.scheme.RunRateMinor }),
		optDay("run_rate_down_on", func(r *standingRow) int32 { return r.scheme.RunRateDownOn }),
		optDay("guarantee_until", func(r *standingRow) int32 { return r.scheme.GuaranteeUntil }),
		truth("provisional", func(r *standingRow) bool { return r.scheme.Provisional }),
		truth("restated", func(r *standingRow) bool { return r.snap.Restated }),
		word("policy", func(r *standingRow) string { return r.snap.Policy.GetName() }),
		u32("policy_version", func(r *standingRow) uint32 { return r.snap.Policy.GetVersion() }),
		moment("as_of", func(r *standingRow) int64 { return r.snap.AsOf }),
		u16("partition", func(r *standingRow) uint16 { return r.partition }),
		u64("offset", func(r *standingRow) uint64 { return r.offset }),
		u64("record_hash", func(r *standingRow) uint64 { return r.hash }),
		version,
	}
}

var snapshotsTable = &table[standingRow]{
	name:    "customer_snapshots_raw",
	columns: standingColumns(u64("version", func(r *standingRow) uint64 { return r.version })),
}

var customerTiersTable = &table[standingRow]{
	name:    "customer_tiers_raw",
	columns: standingColumns(u128("version", (*standingRow).byDay)),
}

// byDay is the version of a row of customer_tiers: the day first, so that a day
// written again never hides a later one.
func (r *standingRow) byDay() [2]uint64 { return [2]uint64{uint64(r.snap.Day), r.version} }

// separator parts the names of a list that is stored as one word: the lists repeat
// from row to row, and a word costs a number each. No name holds this character.
const separator = "\x1f"

// appendHoldingKeys lists the holdings as unit@weight.
func appendHoldingKeys(to []byte, list []*pb.Holding) []byte {
	for i, h := range list {
		if i > 0 {
			to = append(to, separator...)
		}
		to = strconv.AppendInt(append(append(to, h.Unit...), '@'), int64(h.WeightBp), 10)
	}
	return to
}
