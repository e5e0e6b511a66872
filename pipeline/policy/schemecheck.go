package policy

import (
	"fmt"
	"slices"
)

// subjects gives the metrics that decide in a scheme, those behind scores and
// trends too, each once and ascending.
func (c *compiler) subjects(s *Scheme) []int {
	var out []int
	add := func(i int) {
		if i >= 0 && i < len(c.plan.Metrics) {
			out = append(out, i)
			if m := &c.plan.Metrics[i]; m.Kind == Trend {
				out = append(out, m.Num, m.Den)
			}
		}
	}
	for _, tier := range s.Tiers {
		for _, t := range tier.Cond.Terms {
			add(t.Metric)
			if t.Score >= 0 {
				for _, p := range c.plan.Scores[t.Score].Parts {
					add(c.plan.Dimensions[p.Dimension].Metric)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// averages tells whether an average decides in the scheme.
func (c *compiler) averages(s *Scheme) bool {
	return slices.ContainsFunc(c.subjects(s), func(i int) bool { return c.plan.Metrics[i].Kind == ADB })
}

// checkUpgrade reports an upgrade timing that the scheme's metrics cannot have.
func (c *compiler) checkUpgrade(v value, s *Scheme) {
	switch s.Upgrade {
	case Immediate:
		if c.averages(s) {
			c.problem(v, "an average is known only at the end of its period", "use at_close, next_period or when_secured")
		}
	case WhenSecured:
		if !c.securable(s) {
			c.problem(v, "only the average of a month or quarter, assessed by it, can be secured early", "use at_close or next_period")
		}
	case NextPeriod:
		if s.Assess == AssessEvent {
			c.problem(v, "there is no period with assess: event", "use immediate or at_close")
		}
	case AtClose:
	}
}

// securable tells whether all terms are averages over the scheme's own period.
func (c *compiler) securable(s *Scheme) bool {
	for _, tier := range s.Tiers {
		for _, t := range tier.Cond.Terms {
			if t.Metric < 0 || c.plan.Metrics[t.Metric].Kind != ADB || !ownPeriod(&c.plan.Metrics[t.Metric], s) {
				return false
			}
		}
	}
	return true
}

// ownPeriod tells whether an average is over exactly the scheme's period.
func ownPeriod(m *Metric, s *Scheme) bool {
	return m.Over == OverMonth && s.Assess == AssessMonth || m.Over == OverQuarter && s.Assess == AssessQuarter
}

// checkScheme reports what only the whole scheme shows.
func (c *compiler) checkScheme(name, v value, s *Scheme) {
	s.Keep = s.keep()
	if s.Keep > maxKeep {
		at, message := name, fmt.Sprintf("would keep %d period results, more than %d", s.Keep, maxKeep)
		if r, ok := v.get("restate"); ok {
			at = r
		}
		c.problem(at, message, "shorten restate, or lengthen the period of assess")
	}
	placeOf := name
	if a, ok := v.get("assess"); ok {
		placeOf = a
	}
	longest, window := s.shortest(), int32(0)
	if s.Assess == AssessMonth || s.Assess == AssessQuarter {
		longest += 3
	}
	for _, i := range c.subjects(s) {
		m := &c.plan.Metrics[i]
		if calendar := m.Over == OverMonth || m.Over == OverQuarter; m.Kind == ADB && calendar && !ownPeriod(m, s) {
			c.problem(placeOf, "metric "+m.Name+" is the average of another period than the scheme's", "assess by the same month or quarter, or average over days such as 30d")
		}
		longest, window = max(longest, lookBack(m)), max(window, m.WindowDays, c.tells(s, i))
		c.checkLag(v, name, s, m)
	}
	at, given := v.get("restate")
	switch reach := longest + s.RestateDays + s.LagDays; {
	case s.RestateDays > usualRestate && reach > maxWindowDays:
		c.problem(at, fmt.Sprintf("restating would need %d days of entries, more than %d", reach, maxWindowDays), "shorten restate")
	case s.RestateDays <= usualRestate && s.RestateDays > maxWindowDays-window:
		// Rules that are in force already may say so (rules R163, R174).
		s.RestateDays = maxWindowDays - window
		if given {
			c.warn(at, fmt.Sprintf("of the %d days of entries that are held a look-back of %d days leaves %s to restate: that counts", maxWindowDays, window, daysLong(s.RestateDays)),
				fmt.Sprintf("set restate to %dd", s.RestateDays))
		}
	}
}

// tells is the number of days from which on it is the same to the scheme how long ago
// the last entry was that recency i looks for (rule R174); 0 of any other metric.
func (c *compiler) tells(s *Scheme, i int) (most int32) {
	if c.plan.Metrics[i].Kind != Recency {
		return 0
	}
	through := func(m int, x int64) {
		if m < 0 || m >= len(c.plan.Metrics) {
			return
		}
		mt := &c.plan.Metrics[m]
		if ratio := mt.Kind == Trend && (mt.Num == i || mt.Den == i); ratio {
			x = maxWindowDays
		} else if m != i {
			return
		}
		most = max(most, int32(min(x, maxWindowDays)))
	}
	for _, tier := range s.Tiers {
		for _, t := range tier.Cond.Terms {
			through(t.Metric, t.From)
			if t.Score >= 0 {
				for _, p := range c.plan.Scores[t.Score].Parts {
					d := &c.plan.Dimensions[p.Dimension]
					through(d.Metric, d.Curve.flatFrom())
				}
			}
		}
	}
	return most
}

// checkLag warns where a period is decided before its rates are final.
func (c *compiler) checkLag(v, name value, s *Scheme, m *Metric) {
	if !m.Balancing() || s.Assess == AssessEvent {
		return
	}
	at := name
	if lag, ok := v.get("assess_lag"); ok {
		at = lag
	}
	for i := range c.plan.Classes {
		class := &c.plan.Classes[i]
		if class.NAV && c.opt.NAVLagDays > s.LagDays && counts(m, class) {
			c.warn(at, fmt.Sprintf("metric %s counts class %s, whose prices may come %s late", m.Name, class.Name, daysLong(c.opt.NAVLagDays)),
				fmt.Sprintf("set assess_lag to %dd, or live with provisional results", c.opt.NAVLagDays))
			return
		}
	}
	if c.opt.FXLagDays > s.LagDays {
		c.warn(at, fmt.Sprintf("metric %s may count foreign currency, whose rates may come %s late", m.Name, daysLong(c.opt.FXLagDays)),
			fmt.Sprintf("set assess_lag to %dd, or live with provisional results", c.opt.FXLagDays))
	}
}

func daysLong(n int32) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

func counts(m *Metric, class *Class) bool {
	for t, w := range m.Weight {
		if w > 0 && class.Types>>uint(t)&1 == 1 {
			return true
		}
	}
	return false
}
