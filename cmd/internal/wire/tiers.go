package wire

import (
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

var landings = map[policy.Landing]string{
	policy.Last: "last", policy.Best: "best", policy.OneDown: "one_down", policy.ByBalance: "by_balance",
}

func tiersOf(plan *policy.Plan, s *policy.Scheme) []clickhouse.Tier {
	list := make([]clickhouse.Tier, 0, len(s.Tiers))
	for rank := range s.Tiers {
		t := &s.Tiers[rank]
		row := clickhouse.Tier{
			Scheme: s.Name, Rank: int32(rank), Name: t.Name, Zh: t.Zh, En: t.En, Metric: lead(plan, s),
			WatchAfter: t.WatchAfter, DownAfter: t.DownAfter, LandsOn: landings[t.Lands],
		}
		if len(t.Cond.Terms) == 1 {
			row.Threshold = t.Cond.Terms[0].From
		} else {
			row.Condition = condition(plan, t.Cond)
		}
		list = append(list, row)
	}
	return list
}

// lead is the name of what a scheme goes by.
func lead(plan *policy.Plan, s *policy.Scheme) string {
	switch {
	case s.Lead >= 0:
		return plan.Metrics[s.Lead].Name
	case s.LeadScore >= 0:
		return plan.Scores[s.LeadScore].Name
	}
	return ""
}

func condition(plan *policy.Plan, c policy.Cond) string {
	parts := make([]string, 0, len(c.Terms))
	for _, t := range c.Terms {
		var name string
		if t.Metric >= 0 {
			name = plan.Metrics[t.Metric].Name
		} else {
			name = plan.Scores[t.Score].Name
		}
		parts = append(parts, fmt.Sprintf("%s >= %d", name, t.From))
	}
	if c.Any {
		return strings.Join(parts, " or ")
	}
	return strings.Join(parts, " and ")
}
