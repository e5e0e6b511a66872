package policy

import (
	"strconv"

	"github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// average reads the keys of adb.
func (c *compiler) average(v value, m *Metric) {
	over, _ := v.get("over")
	c.over(over, m)
	calendar := m.Over == OverMonth || m.Over == OverQuarter
	if dc, ok := v.get("day_count"); ok && c.is(v, "day_count", "30") {
		if m.DayCount = 30; m.Over != OverMonth && m.Over != 0 {
			c.problem(dc, "a day count of 30 is a month's", "use it with over: month")
		}
	}
	m.RoundHalfUp = c.is(v, "rounding", "2dp_half_up")
	if fp, ok := v.get("first_period"); ok && c.is(v, "first_period", "since_open") {
		if m.SinceOpen = true; !calendar && m.Over != 0 {
			c.problem(fp, "since_open is about a calendar period", "use it with over: month or over: quarter")
		}
	}
}

// over reads the span of an average: a word, a span, or {months: n}, {days: n}.
func (c *compiler) over(v value, m *Metric) {
	var sp span
	if n, ok := v.get("months"); ok {
		sp.unit = months
		if sp.n, ok = c.whole(n, 1, 12); !ok {
			return
		}
	} else if n, ok := v.get("days"); ok {
		sp.unit = days
		if sp.n, ok = c.whole(n, 1, maxWindowDays); !ok {
			return
		}
	} else {
		s, ok := v.text()
		switch s = lower(s); {
		case !ok:
			return
		case s == "month":
			m.Over = OverMonth
			return
		case s == "quarter":
			m.Over = OverQuarter
			return
		}
		sp, _ = readSpan(s)
	}
	switch {
	case sp.unit == months && sp.n == 1:
		m.Over = OverMonth
	case sp.unit == months && sp.n >= 1 && sp.n <= 12:
		m.Over, m.N = OverMonths, int32(sp.n)
	case sp.unit == days && sp.n >= 1 && sp.n <= maxWindowDays:
		m.Over, m.N = OverDays, int32(sp.n)
	default:
		c.problem(v, "is no averaging period", "write month, quarter, 2 to 12 months, or 1d to 400d")
	}
}

// spanDays is the greatest number of days an average can cover.
func (m *Metric) spanDays() int32 {
	switch m.Over {
	case OverMonth:
		return 31
	case OverQuarter:
		return 92
	case OverMonths:
		return min(m.N*31, 366)
	case OverDays:
		return m.N
	}
	return 0
}

// weights reads classes of a balance metric: none given means every class but
// liabilities; a map gives a class another weight here.
func (c *compiler) weights(v value, m *Metric) {
	listed, given := v.get("classes")
	switch {
	case !given:
		for i := range c.plan.Classes {
			if !c.plan.Classes[i].Liability {
				c.weigh(m, i, c.plan.Classes[i].WeightBP)
			}
		}
	case listed.isMap():
		for name, w := range listed.pairs() {
			i, ok := c.lookup(name, "class", c.classes)
			if bp, okW := c.share(w); ok && okW {
				c.weigh(m, i, bp)
			}
		}
	default:
		for _, item := range listed.list() {
			if i, ok := c.lookup(item, "class", c.classes); ok {
				c.weigh(m, i, c.plan.Classes[i].WeightBP)
			}
		}
	}
	if !given && m.Weight == [16]int32{} {
		c.missing(v, "no class counts", "define classes, or name a liability class in classes")
	}
	for _, t := range []tierwatchpb.AccountType{tierwatchpb.AccountType_DEMAND, tierwatchpb.AccountType_NOTICE, tierwatchpb.AccountType_TIME} {
		if m.Liability>>uint(t)&1 == 0 {
			m.DepositWeight = max(m.DepositWeight, m.Weight[t])
		}
	}
}

// weigh lets class i count in m with the weight.
func (c *compiler) weigh(m *Metric, i int, bp int32) {
	class := &c.plan.Classes[i]
	c.used.class(i)
	for t := range m.Weight {
		if class.Types>>uint(t)&1 == 1 {
			m.Weight[t] = bp
		}
	}
	if class.NoFloor {
		m.NoFloor |= class.Types
	}
	if class.Liability {
		m.Liability |= class.Types
	}
}

// days60 gives hours as whole days, rounded up, as a span to write.
func days60(h int64) string { return strconv.FormatInt((h+23)/24, 10) + "d" }
