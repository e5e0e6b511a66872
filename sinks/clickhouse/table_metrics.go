package clickhouse

import (
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// metricsRow is a row of customer_metrics_raw: a snapshot without its schemes.
type metricsRow struct {
	snap *pb.Snapshot
	stamp
}

var metricsTable = &table[metricsRow]{name: "customer_metrics_raw", columns: []column[metricsRow]{
	text("customer_id", func(r *metricsRow) string { return r.snap.CustomerId }),
	day("day", func(r *metricsRow) int32 { return r.snap.Day }),
	i64("assets_minor", func(r *metricsRow) int64 { return r.snap.AssetsMinor }),
	word("metric_names", func(r *metricsRow) string {
		return joined(r.snap.Metrics, func(m *pb.MetricValue) string { return m.Name })
	}),
	listOf("metric_values", "Array(Int64)", func(r *metricsRow) []int64 {
		return pick(r.snap.Metrics, func(m *pb.MetricValue) int64 { return m.Value })
	}),
	word("score_names", func(r *metricsRow) string {
		return joined(r.snap.Scores, func(s *pb.ScoreValue) string { return s.Name })
	}),
	listOf("score_values_bp", "Array(Int32)", func(r *metricsRow) []int32 {
		return pick(r.snap.Scores, func(s *pb.ScoreValue) int32 { return s.ScoreBp })
	}),
	word("part_names", func(r *metricsRow) string {
		return strings.Join(parts(r.snap, func(s *pb.ScoreValue, c *pb.Contribution) string { return s.Name + "/" + c.Dimension }), separator)
	}),
	listOf("part_points_bp", "Array(Int32)", func(r *metricsRow) []int32 {
		return parts(r.snap, func(_ *pb.ScoreValue, c *pb.Contribution) int32 { return c.PointsBp })
	}),
	listOf("part_weights_bp", "Array(Int32)", func(r *metricsRow) []int32 {
		return parts(r.snap, func(_ *pb.ScoreValue, c *pb.Contribution) int32 { return c.WeightBp })
	}),
	word("scheme_names", func(r *metricsRow) string {
		return joined(r.snap.Schemes, func(s *pb.SchemeSnapshot) string { return s.Scheme })
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

// parts lists something of every contribution to every score.
func parts[T any](s *pb.Snapshot, get func(*pb.ScoreValue, *pb.Contribution) T) []T {
	var list []T
	for _, score := range s.Scores {
		for _, c := range score.Contributions {
			list = append(list, get(score, c))
		}
	}
	return list
}

// joined lists names as one word.
func joined[M any](list []M, name func(M) string) string {
	if len(list) == 1 {
		return name(list[0])
	}
	return strings.Join(pick(list, name), separator)
}
