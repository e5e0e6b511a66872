package oracle

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// point keeps the customer as of a CLOSE.
func (c *Customer) point(d Day, cut int64) {
	plan := c.o.plan
	p := Point{Offset: c.o.offset, Day: d, Customer: c.ID}
	at := moment{day: d, sec: cut}
	for i := range plan.Metrics {
		p.Metrics = append(p.Metrics, c.metric(plan, i, at).Int64())
	}
	for i := range plan.Scores {
		p.Scores = append(p.Scores, c.score(plan, i, at))
	}
	for i := range plan.Schemes {
		p.Schemes = append(p.Schemes, c.schemePoint(i, d))
	}
	c.o.out.Points = append(c.o.out.Points, p)
}

func (c *Customer) schemePoint(i int, d Day) SchemePoint {
	plan := c.o.plan
	s := &plan.Schemes[i]
	st := c.machine(s).state
	out := SchemePoint{
		Scheme: s.Name, State: st.copy(), Period: periodOf(s, d), Projection: c.Project(s.Name),
	}
	if s.Lead < 0 {
		return out
	}
	m := &plan.Metrics[s.Lead]
	for _, t := range s.Tiers[st.Tier].Cond.Terms {
		if t.Metric == s.Lead {
			out.Threshold = t.From
		}
	}
	if st.Tier+1 < len(s.Tiers) {
		for _, t := range s.Tiers[st.Tier+1].Cond.Terms {
			if t.Metric == s.Lead {
				out.NextThreshold = t.From
			}
		}
	}
	if m.Balancing() {
		out.Assets = Minor(c.DayValue(m, d))
	}
	if m.Kind == policy.ADB {
		out.Period = span(m, d)
		out.Sum = Minor(c.ADBSum(m, out.Period.Start, d))
		out.Divisor = c.Divisor(m, out.Period)
	}
	return out
}

// Standing gives the customer's state in a scheme.
func (c *Customer) Standing(scheme string) State {
	if m := c.machines[scheme]; m != nil {
		return m.state.copy()
	}
	return State{}
}

// TierName is the customer's tier in a scheme, "" without one.
func (c *Customer) TierName(scheme string) string {
	m := c.machines[scheme]
	if m == nil || m.state.Standing != pb.Standing_ACTIVE {
		return ""
	}
	return schemeOf(c.o.plan, scheme).Tiers[m.state.Tier].Name
}
