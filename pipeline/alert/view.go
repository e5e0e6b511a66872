package alert

import (
	"bytes"
	"strconv"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// view is what the fields of a text look at.
type view struct {
	c    *Case
	f    *Facts
	ctx  *RenderContext
	l    *language
	act  actionCode
	qual string
	// scheme is nil for alerts about the customer.
	scheme *policy.Scheme
	// reason and missing are the elements of a list being written.
	reason *Reason
	// since is the first day of the reason's sum where the text has to say it.
	since   int32
	missing *Missing
}

// money writes an amount.
func (v *view) money(dst []byte, minor int64, r rounding) []byte {
	return v.l.money(dst, minor, v.ctx.Currency, v.ctx.MinorDigits, r)
}

// beside writes an amount that is read beside another one: every digit of it, where
// rounding would make two that differ look equal (rule R134).
func (v *view) beside(dst []byte, minor, other int64) []byte {
	if minor != other {
		var a, b [64]byte
		if bytes.Equal(v.money(a[:0], minor, halfEven), v.money(b[:0], other, halfEven)) {
			return v.money(dst, minor, exact)
		}
	}
	return v.money(dst, minor, halfEven)
}

// amount writes an amount that is not known if it is 0.
func (v *view) amount(dst []byte, minor int64, r rounding) []byte {
	if minor == 0 {
		return dst
	}
	return v.money(dst, minor, r)
}

// today is the day on which the text is read: after CLOSE(D) it is D+1.
func (v *view) today() int32 { return v.f.Day }

func (v *view) date(dst []byte, d int32) []byte {
	if d == 0 {
		return dst
	}
	return v.l.date(dst, d, v.today(), false)
}

func (v *view) near(dst []byte, d int32) []byte {
	if d == 0 {
		return dst
	}
	return v.l.date(dst, d, v.today(), true)
}

func (v *view) tier(dst []byte, rank uint8) []byte {
	if v.scheme == nil || int(rank) >= len(v.scheme.Tiers) {
		return dst
	}
	t := &v.scheme.Tiers[rank]
	switch {
	case v.l.chinese && t.Zh != "":
		return append(dst, t.Zh...)
	case !v.l.chinese && t.En != "":
		return append(dst, t.En...)
	}
	return append(dst, t.Name...)
}

// member writes a text of a group, nothing if there is none.
func (v *view) member(dst []byte, group, name string) []byte {
	if out, ok := v.l.phrases.get(group, name).render(v, dst); ok {
		return out
	}
	return dst
}

// join writes the separator of a list before every element but the first.
func (v *view) join(dst []byte, start int, list string) []byte {
	if len(dst) == start {
		return dst
	}
	return v.member(dst, "join", list)
}

// lever tells whether money is known to help.
func (v *view) lever() bool { return v.f.Judged && v.f.helps() }

// rhythm names the kind of period.
func (v *view) rhythm() string {
	switch {
	case v.scheme == nil:
	case v.scheme.Assess == policy.AssessMonth:
		return "month"
	case v.scheme.Assess == policy.AssessQuarter:
		return "quarter"
	}
	return "span"
}

// average names what the metric of the money averages over, else that of the scheme.
func (v *view) average() string {
	m := v.f.Money.Of
	if m == nil {
		if v.scheme == nil || v.scheme.Lead < 0 || v.scheme.Lead >= len(v.ctx.Plan.Metrics) {
			return "value"
		}
		m = &v.ctx.Plan.Metrics[v.scheme.Lead]
	}
	switch {
	case m.Kind != policy.ADB:
		return "value"
	case m.Over == policy.OverMonth:
		return "month"
	case m.Over == policy.OverQuarter:
		return "quarter"
	}
	return "span"
}

// moneyLead tells whether the scheme goes by an amount of money.
func (v *view) moneyLead() bool {
	return v.scheme != nil && v.scheme.LeadScore < 0 && v.scheme.Lead >= 0 &&
		v.scheme.Lead < len(v.ctx.Plan.Metrics) && v.ctx.Plan.Metrics[v.scheme.Lead].Money
}

// number writes a value of a metric or score, beside another one: money, points in per
// cent, a count.
func (v *view) number(dst []byte, index int, score bool, n, other int64) []byte {
	switch {
	case score:
		return append(appendMajor(dst, magnitude(n), 2, false), '%')
	case index >= 0 && index < len(v.ctx.Plan.Metrics) && v.ctx.Plan.Metrics[index].Money:
		return v.beside(dst, n, other)
	}
	return strconv.AppendInt(dst, n, 10)
}

// label is what people call a metric or score, "": nobody has said.
func (v *view) label(index int, score bool) string {
	p := v.ctx.Plan
	zh, en := "", ""
	switch {
	case measure(p, index, score) == "":
	case score:
		zh, en = p.Scores[index].Zh, p.Scores[index].En
	default:
		zh, en = p.Metrics[index].Zh, p.Metrics[index].En
	}
	if v.l.chinese {
		return zh
	}
	return en
}

// kindNames are the members of the group of texts about kinds of metrics.
var kindNames = map[policy.MetricKind]string{
	policy.Sum: "SUM", policy.Count: "COUNT", policy.Max: "MAX", policy.ActiveDays: "ACTIVE_DAYS", policy.Distinct: "DISTINCT",
	policy.ADB: "ADB", policy.Balance: "BALANCE", policy.ProductsHeld: "PRODUCTS_HELD", policy.Recency: "RECENCY", policy.Trend: "TREND",
	policy.Tenure: "TENURE", policy.DPD: "DPD", policy.Utilisation: "UTILISATION", policy.ComplaintsOpen: "COMPLAINTS_OPEN",
}

// kind is that of what is missing.
func (v *view) kind() string {
	switch m := v.missing; {
	case m.Score:
		return "SCORE"
	case measure(v.ctx.Plan, m.Metric, false) == "":
		return ""
	default:
		return kindNames[v.ctx.Plan.Metrics[m.Metric].Kind]
	}
}

// measure names a metric or score, "" if there is none of that index.
func measure(p *policy.Plan, index int, score bool) string {
	switch {
	case score && index >= 0 && index < len(p.Scores):
		return p.Scores[index].Name
	case !score && index >= 0 && index < len(p.Metrics):
		return p.Metrics[index].Name
	}
	return ""
}
