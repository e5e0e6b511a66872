package oracle

import (
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// point keeps the customer as of a CLOSE, which decided something of him or did not.
func (c *Customer) point(d Day, cut int64, decided bool) {
	plan := c.o.plan
	p := Point{Offset: c.o.offset, Day: d, Customer: c.ID, Owed: c.asideBy(d) || decided || c.dayOwes(d)}
	p.Metrics, p.Scores = c.measured(moment{day: d, sec: cut})
	p.Assets, p.Provisional = c.Assets(d), c.Provisional(d)
	for i := range plan.Schemes {
		p.Schemes = append(p.Schemes, c.schemePoint(i, d))
	}
	c.o.out.Points = append(c.o.out.Points, p)
}

// dayOwes tells whether what the customer holds or has booked makes a row of a day.
func (c *Customer) dayOwes(d Day) bool {
	for _, e := range c.entries {
		if e.tx.BusinessDay == d {
			return true
		}
	}
	for _, a := range c.accounts {
		n, known := c.balance(a, d, false)
		if a.unit != c.o.base && known && n != 0 || c.rawBalance(a, d, false) != c.rawBalance(a, d-1, false) {
			return true
		}
	}
	return false
}

// aside notes that a record of a day that is no booking was taken: it makes a row.
func (c *Customer) aside(d Day) { c.sides = append(c.sides, d) }

// asideBy tells whether there was such a record of a day or of one before it since the CLOSE
// before. What was done since is judged with the last day that a CLOSE ends (R1).
func (c *Customer) asideBy(d Day) bool {
	if d != c.o.through {
		return false
	}
	n := len(c.sides)
	c.sides = slices.DeleteFunc(slices.Clone(c.sides), func(on Day) bool { return on <= d })
	return len(c.sides) < n
}

// decides tells whether there is a decision among the changes of a CLOSE. Who leaves is
// written with the day of the closing, which may be the next.
func decides(changes []Change) bool {
	return slices.ContainsFunc(changes, func(ch Change) bool { return ch.Kind != pb.ChangeKind_EXITED })
}

// rewritten notes that the days from first on that are closed are written again.
func (c *Customer) rewritten(first Day) {
	if c.o.plan == nil || c.o.simulation || !c.o.closed || first > c.o.lastClose {
		return
	}
	if first = max(first, c.wholeFrom()); first <= c.o.lastClose {
		c.o.out.Rewrites = append(c.o.out.Rewrites, Rewrite{c.o.offset, c.ID, first, c.o.lastClose})
	}
}

// wholeFrom is the first day whose row lacks nothing (R163): single entries are held for
// the horizon.
func (c *Customer) wholeFrom() Day {
	held := c.o.lastClose - horizonDays
	if !slices.ContainsFunc(c.entries, func(e *entry) bool { return e.tx.BusinessDay < held }) {
		return held
	}
	whole := held
	for i := range c.o.plan.Metrics {
		m := &c.o.plan.Metrics[i]
		switch {
		case m.Kind == policy.ADB || m.Kind == policy.Balance: // movements are held for longer
		case m.Kind == policy.Recency:
			d := held
			for d < held+horizonDays-1 && int32(c.recency(m, d)) > d-held {
				d++
			}
			whole = max(whole, d)
		case m.WindowHours > 0: // a night's batch is booked on the day before
			whole = max(whole, held+(m.WindowHours+23)/24)
		case m.WindowDays > 0:
			whole = max(whole, held+m.WindowDays-1)
		}
	}
	return whole
}

func (c *Customer) measured(at moment) (metrics []int64, scores []int32) {
	plan := c.o.plan
	for i := range plan.Metrics {
		metrics = append(metrics, c.metric(plan, i, at).Int64())
	}
	for i := range plan.Scores {
		scores = append(scores, c.score(plan, i, at))
	}
	return metrics, scores
}

// MeasuredOn are a customer's metrics and scores as of a day that is closed already, by
// all that is known now.
func (c *Customer) MeasuredOn(d Day) (metrics []int64, scores []int32) {
	return c.measured(moment{day: d, sec: c.o.cut - int64(c.o.lastClose-d)*86400})
}

// PointOf is a customer in a scheme as of a day that is closed already, by all
// that is known now; only the last closed day has a projection (R61).
func (c *Customer) PointOf(scheme string, d Day) SchemePoint {
	for i := range c.o.plan.Schemes {
		s := &c.o.plan.Schemes[i]
		if s.Name != scheme {
			continue
		}
		st, known, must := c.machine(s).on(s, d)
		out := c.standingPoint(s, st, d)
		out.Known, out.Must = known && d >= c.came, must && d >= c.came
		if d == c.o.lastClose {
			out.Projection = c.Project(s.Name)
		}
		return out
	}
	return SchemePoint{}
}

// on is the state that the CLOSE of a day left, by all that is known now; known
// tells that the machine's past reaches back to it. must: so do the results that
// are kept, and only they decided since.
func (m *machine) on(s *policy.Scheme, d Day) (st State, known, must bool) {
	known = d >= m.anew && s.Assess != policy.AssessEvent
	st, must = m.state, known
	since := 0
	for i := range m.past {
		if m.past[i].at <= d {
			continue
		}
		if since++; since == 1 {
			st = m.past[i].before
		}
		must = must && m.past[i].result != nil
		known = known && !m.past[i].remap
	}
	if !known {
		st = m.state // of the rules in force
	}
	lifted := s.Upgrade == policy.Immediate && st.Since > d
	return st, known, must && known && since <= s.Keep && !lifted
}

func (c *Customer) schemePoint(i int, d Day) SchemePoint {
	s := &c.o.plan.Schemes[i]
	out := c.standingPoint(s, c.machine(s).state, d)
	out.Projection = c.Project(s.Name)
	out.LandsOn = out.Projection.landsOn(s)
	return out
}

func (c *Customer) standingPoint(s *policy.Scheme, st State, d Day) SchemePoint {
	plan := c.o.plan
	out := SchemePoint{Scheme: s.Name, State: st.copy(), Period: periodOf(s, d)}
	if st.Standing == pb.Standing_ACTIVE {
		out.Tier = s.Tiers[st.Tier].Name
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
		out.Assets, out.Holdings = Minor(c.DayValue(m, d)), c.held(m, d)
		if st.Standing == pb.Standing_ACTIVE {
			drift := new(big.Int).Sub(c.DayValue(m, d), c.DayValue(m, d-30))
			out.RunRate = divide(drift, new(big.Int).Mul(unitScale, big.NewInt(30)))
		}
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
