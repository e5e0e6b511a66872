package clickhouse

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// metricsRow is a row of customer_metrics_raw: a snapshot without its schemes.
type metricsRow struct {
	snap *pb.Snapshot
	stamp
}

var metricsTable = &table[metricsRow]{name: "customer_metrics_raw", columns: []column[metricsRow]{
	text("customer_id", func(r *metricsRow) string { return r.snap.CustomerId }),
	day("day", func(r *metricsRow) int32 { return r.snap.Day }),
	i64("assets_minor", func(r *metricsRow) int64 { return r.snap.AssetsMinor }),
	wordOf("metric_names", func(r *metricsRow, to []byte) []byte {
		return joined(to, r.snap.Metrics, func(m *pb.MetricValue) string { return m.Name })
	}),
	i64List("metric_values", func(r *metricsRow, to []int64) []int64 {
		return picked(to, r.snap.Metrics, func(m *pb.MetricValue) int64 { return m.Value })
	}),
	wordOf("score_names", func(r *metricsRow, to []byte) []byte {
		return joined(to, r.snap.Scores, func(s *pb.ScoreValue) string { return s.Name })
	}),
	i32List("score_values_bp", func(r *metricsRow, to []int32) []int32 {
		return picked(to, r.snap.Scores, func(s *pb.ScoreValue) int32 { return s.ScoreBp })
	}),
	wordOf("part_names", func(r *metricsRow, to []byte) []byte { return partNames(to, r.snap) }),
	i32List("part_points_bp", func(r *metricsRow, to []int32) []int32 {
		return parts(to, r.snap, func(c *pb.Contribution) int32 { return c.PointsBp })
	}),
	i32List("part_weights_bp", func(r *metricsRow, to []int32) []int32 {
		return parts(to, r.snap, func(c *pb.Contribution) int32 { return c.WeightBp })
	}),
	wordOf("scheme_names", func(r *metricsRow, to []byte) []byte {
		return joined(to, r.snap.Schemes, func(s *pb.SchemeSnapshot) string { return s.Scheme })
	}),
	truth("restated", func(r *metricsRow) bool { return r.snap.Restated }),
	word("policy", func(r *metricsRow) string { return r.snap.Policy.GetName() }),
	u32("policy_version", func(r *metricsRow) uint32 { return r.snap.Policy.GetVersion() }),
	moment("as_of", func(r *metricsRow) int64 { return r.snap.AsOf }),
	u16("partition", func(r *metricsRow) uint16 { return r.partition }),
	u64("offset", func(r *metricsRow) uint64 { return r.offset }),
	u64("record_hash", func(r *metricsRow) uint64 { return r.hash }),
	u64("version", func(r *metricsRow) uint64 { return r.version }),
}}

// parts appends something of every contribution to every score.
func parts(to []int32, s *pb.Snapshot, get func(*pb.Contribution) int32) []int32 {
	for _, score := range s.Scores {
		for _, c := range score.Contributions {
			to = append(to, get(c))
		}
	}
	return to
}

func partNames(to []byte, s *pb.Snapshot) []byte {
	first := true
	for _, score := range s.Scores {
		for _, c := range score.Contributions {
			if !first {
				to = append(to, separator...)
			}
			to = append(append(append(to, score.Name...), '/'), c.Dimension...)
			first = false
		}
	}
	return to
}

// joined appends names as one word.
func joined[M any](to []byte, list []M, name func(M) string) []byte {
	for i, m := range list {
		if i > 0 {
			to = append(to, separator...)
		}
		to = append(to, name(m)...)
	}
	return to
}
