package policy

import (
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// kindRule says which keys a kind of metric takes beside kind.
type kindRule struct {
	kind     MetricKind
	required []string
	optional []string
}

var kinds = map[string]kindRule{
	"sum":             {Sum, []string{"window"}, []string{"where", "net"}},
	"count":           {Count, []string{"window"}, []string{"where"}},
	"max":             {Max, []string{"window"}, []string{"where"}},
	"active_days":     {ActiveDays, []string{"window"}, []string{"where"}},
	"distinct":        {Distinct, []string{"window", "of"}, []string{"where"}},
	"adb":             {ADB, []string{"over"}, []string{"day_count", "rounding", "first_period", "balance", "classes"}},
	"balance":         {Balance, nil, []string{"balance", "classes"}},
	"products_held":   {ProductsHeld, nil, nil},
	"recency":         {Recency, nil, []string{"where"}},
	"trend":           {Trend, []string{"recent", "base"}, nil},
	"tenure":          {Tenure, nil, nil},
	"dpd":             {DPD, nil, nil},
	"utilisation":     {Utilisation, nil, nil},
	"complaints_open": {ComplaintsOpen, nil, nil},
}

var fields = map[string]Field{
	"type": ByType, "channel": ByChannel, "class": ByClass, "account": ByAccount, "counterparty": ByCounterparty,
}

const (
	// maxWindowDays is what the ledger holds.
	maxWindowDays = 400
	// maxWindowHours is 35 days: longer windows go by days.
	maxWindowHours = 840
)

func (c *compiler) readMetrics(root value) {
	section, _ := root.get("metrics")
	for name := range section.pairs() {
		c.metrics[name.node.Value] = len(c.metrics)
	}
	for name, v := range section.pairs() {
		m := Metric{Name: name.node.Value}
		word := ""
		if k, ok := v.get("kind"); ok {
			word, _ = k.text()
		}
		if rule, ok := kinds[word]; ok {
			m.Kind = rule.kind
			m.Money = m.Balancing() || m.Kind == Sum || m.Kind == Max
			c.keysOf(v, word, rule)
			c.readMetric(v, &m)
		}
		c.plan.Metrics = append(c.plan.Metrics, m)
	}
	for _, v := range section.pairs() {
		c.checkTrend(v)
	}
}

// keysOf reports keys that the kind needs and has not, or has and does not use.
func (c *compiler) keysOf(v value, word string, rule kindRule) {
	for _, key := range rule.required {
		if _, ok := v.get(key); !ok {
			c.missing(v, "a metric of kind "+word+" needs "+key, "add "+key)
		}
	}
	known := []string{"window", "where", "of", "over", "day_count", "rounding", "first_period", "balance", "classes", "recent", "base", "net"}
	for key := range v.pairs() {
		k := key.node.Value
		if slices.Contains(known, k) && !slices.Contains(rule.required, k) && !slices.Contains(rule.optional, k) {
			c.problem(key, "a metric of kind "+word+" does not use "+k, "take it out")
		}
	}
}

func (c *compiler) readMetric(v value, m *Metric) {
	if w, ok := v.get("window"); ok {
		c.window(w, m)
	}
	if w, ok := v.get("where"); ok {
		m.Filter = c.filter(w)
	}
	switch {
	case c.is(v, "net", "credit"):
		m.Net = tierwatchpb.Direction_CREDIT
	case c.is(v, "net", "debit"):
		m.Net = tierwatchpb.Direction_DEBIT
	}
	if of, ok := v.get("of"); ok {
		s, _ := of.text()
		m.Field = fields[s]
	}
	if m.Balancing() {
		m.Book = c.is(v, "balance", "book")
		c.weights(v, m)
	}
	if m.Kind == ADB {
		c.average(v, m)
	}
	if m.Kind == Trend {
		m.Num, m.Den = c.metricAt(v, "recent"), c.metricAt(v, "base")
	}
}

func (c *compiler) metricAt(v value, key string) int {
	if name, ok := v.get(key); ok {
		if i, ok := c.lookup(name, "metric", c.metrics); ok {
			c.used.metric(i)
			return i
		}
	}
	return 0
}

// checkTrend reports a trend of a trend; it runs when all kinds are known.
func (c *compiler) checkTrend(v value) {
	if !c.is(v, "kind", "trend") {
		return
	}
	for _, key := range []string{"recent", "base"} {
		name, _ := v.get(key)
		s, _ := name.text()
		if i, ok := c.metrics[s]; ok && c.plan.Metrics[i].Kind == Trend {
			c.problem(name, "a trend cannot be made of a trend", "name a metric of another kind")
		}
	}
}

// window reads the look-back of a flow metric.
func (c *compiler) window(v value, m *Metric) {
	s, ok := v.text()
	if !ok {
		return
	}
	sp, ok := readSpan(s)
	switch {
	case ok && sp.unit == days && sp.n >= 1 && sp.n <= maxWindowDays:
		m.WindowDays = int32(sp.n)
	case ok && sp.unit == hours && sp.n >= 1 && sp.n <= maxWindowHours:
		if m.WindowHours = int32(sp.n); m.Kind == ActiveDays {
			c.problem(v, "active days are counted over days", "write the window in days, such as 30d")
		}
	case ok && sp.unit == hours:
		c.problem(v, "the window has more than 840 hours", "write it in days, such as "+days60(sp.n))
	default:
		c.problem(v, "is no window of 1d to 400d or 1h to 840h", "write it like 90d or 24h")
	}
}

// longestWindow gives the longest look-back of any metric in days.
func longestWindow(ms []Metric) int32 {
	longest := int32(0)
	for i := range ms {
		longest = max(longest, lookBack(&ms[i]))
	}
	return longest
}

func lookBack(m *Metric) int32 {
	switch m.Kind {
	case Sum, Count, Max, ActiveDays, Distinct:
		if m.WindowHours > 0 {
			return (m.WindowHours+23)/24 + 1
		}
		return m.WindowDays
	case ADB:
		return m.spanDays()
	case Recency:
		return maxWindowDays
	case Balance, ProductsHeld, Trend, Tenure, DPD, Utilisation, ComplaintsOpen:
	}
	return 0
}

func upper(s string) string { return strings.ToUpper(s) }
func lower(s string) string { return strings.ToLower(s) }
