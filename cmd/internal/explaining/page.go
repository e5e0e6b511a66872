package explaining

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/sources/event"
)

// page writes lines.
type page struct {
	b    strings.Builder
	w    *words
	v    *View
	lang string
}

// Page writes the view for a person; lang is one that Known knows.
func (v *View) Page(out io.Writer, lang string) error {
	p := &page{w: languages[lang], v: v, lang: lang}
	p.head()
	p.holdings()
	p.values()
	for i := range v.Schemes {
		p.scheme(&v.Schemes[i])
	}
	p.alerts()
	_, err := io.WriteString(out, p.b.String())
	return err
}

func (p *page) line(depth int, text string) {
	p.b.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

func (p *page) head() {
	v, w := p.v, p.w
	text := v.Customer
	if v.Display != "" {
		text += " " + v.Display
	}
	p.line(0, text)
	facts := []string{w.asOf + " " + v.AsOf}
	if v.closed {
		facts[0] = fmt.Sprintf(w.atClose, v.AsOf)
	}
	if v.clock != "" && !v.closed {
		facts = append(facts, fmt.Sprintf(w.clock, v.clock))
	}
	if v.ClosedThrough != "" && !v.closed {
		facts = append(facts, w.closed+" "+v.ClosedThrough)
	}
	facts = append(facts, fmt.Sprintf("%s %s v%d", w.policy, v.Policy, v.PolicyVersion))
	if v.RM != "" {
		facts = append(facts, w.rm+" "+v.RM+" "+strings.Join(v.Branch, "/"))
	}
	p.line(0, strings.Join(facts, ", "))
	if v.asked != "" {
		p.line(0, fmt.Sprintf(w.together, v.asked, v.AsOf))
	}
	p.line(0, w.entries(v.Entries, v.Waiting))
}

func (p *page) holdings() {
	p.line(0, p.w.accounts)
	for i := range p.v.Accounts {
		a := &p.v.Accounts[i]
		text := fmt.Sprintf("%s  %s  %s %s", a.ID, a.Type, amount(a.Value, int(event.UnitDecimals(a.Unit))), a.Unit)
		if a.Book != a.Value {
			text += fmt.Sprintf(" (%s %s)", p.w.book, amount(a.Book, int(event.UnitDecimals(a.Unit))))
		}
		if a.Healed {
			text += "  " + p.w.healed
		}
		p.line(1, text)
	}
	if len(p.v.Accounts) == 0 {
		p.line(1, p.w.none)
	}
}

func (p *page) values() {
	p.line(0, p.w.metrics)
	for i := range p.v.Metrics {
		m := &p.v.Metrics[i]
		text := fmt.Sprintf("%s = %s  (%s", m.Name, p.value(m.Value, m.Money), m.Kind)
		if m.From != "" {
			text += " " + m.From + " … " + m.To
		}
		if m.Estimate {
			text += p.w.estimate
		}
		p.line(1, text+")")
	}
	for i := range p.v.Scores {
		s := &p.v.Scores[i]
		if i == 0 {
			p.line(0, p.w.scores)
		}
		p.line(1, fmt.Sprintf(p.w.score, s.Name, share(int64(s.Score))))
		for _, part := range s.Parts {
			p.line(2, fmt.Sprintf(p.w.part, part.Dimension, share(int64(part.Points)), share(int64(part.Weight)), share(int64(part.Gives))))
		}
	}
}

func (p *page) scheme(s *Scheme) {
	w := p.w
	place := w.standing[s.Standing]
	if s.Tier != "" {
		place += " " + p.tier(s, s.Tier)
	}
	facts := []string{fmt.Sprintf(w.scheme, s.Name) + ": " + place}
	if s.Tier != "" {
		facts = append(facts, fmt.Sprintf(w.since, s.Since))
		if s.Allowed > 0 { // the lowest tier cannot be missed
			facts = append(facts, fmt.Sprintf(w.misses, s.Misses, s.Allowed))
		}
	}
	for _, f := range []struct{ form, day string }{{w.guarantee, s.Guarantee}, {w.protected, s.Protected}, {w.held, s.Held}} {
		if f.day >= p.v.AsOf { // what has run out says nothing
			facts = append(facts, fmt.Sprintf(f.form, f.day))
		}
	}
	if s.Watch {
		facts = append(facts, w.watch)
	}
	if s.Proposed {
		facts = append(facts, w.proposed)
	}
	p.line(0, strings.Join(facts, ", "))
	for _, c := range s.Condition {
		p.line(1, fmt.Sprintf(w.condition, c.Of, p.asked(c.Asked, c), p.asked(c.Have, c)))
	}
	if s.PeriodStart != "" {
		text := fmt.Sprintf(w.period, s.PeriodStart, s.PeriodEnd) + "; " + fmt.Sprintf(w.reached, p.tier(s, s.Reached))
		if n, err := strconv.ParseInt(s.SumSoFar, 10, 64); err == nil {
			text += "; " + fmt.Sprintf(w.sum, amount(n, p.v.digits))
		}
		p.line(1, text)
	}
	p.ahead(s)
	p.results(s)
}

// ahead is where the customer goes and what keeps him.
func (p *page) ahead(s *Scheme) {
	w := p.w
	if s.Standing != "ACTIVE" {
		return
	}
	switch {
	case s.FallsOn == "":
		p.line(1, w.stays)
	case s.LandsOn == "":
		p.line(1, fmt.Sprintf(w.below, s.FallsOn))
	default:
		p.line(1, fmt.Sprintf(w.falls, s.FallsOn, p.tier(s, s.LandsOn)))
	}
	m := s.Money
	if m == nil {
		return
	}
	p.line(1, fmt.Sprintf(w.money, p.money(m.Threshold), p.money(m.Estimate), p.money(m.Shortfall), p.money(m.Daily)))
	switch {
	case m.TopUp == 0 && (m.Reachable || m.Shortfall == 0):
	case !m.Reachable:
		p.line(1, w.unreachable)
	default:
		p.line(1, fmt.Sprintf(w.topUp, p.v.Today, p.money(m.TopUp), p.money(m.HoldAfter)))
		for _, wait := range m.Waiting {
			p.line(2, fmt.Sprintf(w.waiting, wait.On, p.money(wait.TopUp)))
		}
	}
}

func (p *page) results(s *Scheme) {
	const shown = 6
	list := s.Results
	if len(list) > shown {
		list = list[len(list)-shown:]
	}
	for i, r := range list {
		if i == 0 {
			p.line(1, p.w.results)
		}
		p.line(2, fmt.Sprintf("%s … %s: %s → %s", r.Start, r.End, p.of(s, r.Value), p.tier(s, r.Reached)))
	}
}

// of shows the value of a scheme: money, or a share if it goes by a score.
func (p *page) of(s *Scheme, n int64) string {
	if s.byScore {
		return share(n)
	}
	return p.value(n, s.byMoney)
}

func (p *page) alerts() {
	p.line(0, p.w.alerts)
	for i := range p.v.Alerts {
		a := &p.v.Alerts[i]
		text := a.TextZh
		if p.lang == "en" {
			text = a.TextEn
		}
		head := fmt.Sprintf("%s  %s  %s", a.Opened, a.Code, a.Severity)
		switch {
		case text == "":
			text = p.w.before
		case a.Day != p.v.Today:
			head += "  " + fmt.Sprintf(p.w.told, a.Day)
		}
		p.line(1, head)
		for part := range strings.SplitSeq(strings.ReplaceAll(text, "**", ""), "\n") {
			p.line(2, part)
		}
	}
	if len(p.v.Alerts) == 0 {
		p.line(1, p.w.none)
	}
}

// tier is the name that people know a tier of the scheme by.
func (p *page) tier(s *Scheme, name string) string {
	for i := range s.tiers {
		shown := s.tiers[i].Zh
		if p.lang == "en" {
			shown = s.tiers[i].En
		}
		if s.tiers[i].Name == name && shown != "" {
			return shown
		}
	}
	return name
}

func (p *page) value(n int64, money bool) string {
	if money {
		return p.money(n)
	}
	return strconv.FormatInt(n, 10)
}

// asked shows a side of a condition: scores are shares.
func (p *page) asked(n int64, c Condition) string {
	for i := range p.v.Scores {
		if p.v.Scores[i].Name == c.Of {
			return share(n)
		}
	}
	return p.value(n, c.Money)
}

func (p *page) money(n int64) string { return amount(n, p.v.digits) + " " + p.v.Currency }

// share shows basis points as per cent.
func share(bp int64) string { return strings.TrimSuffix(amount(bp, 2), ".00") + " %" }

// amount shows minor units with a separator of thousands.
func amount(n int64, digits int) string {
	text := strconv.FormatUint(magnitude(n), 10)
	if len(text) <= digits {
		text = strings.Repeat("0", digits+1-len(text)) + text
	}
	whole, rest := text[:len(text)-digits], text[len(text)-digits:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if n < 0 {
		whole = "-" + whole
	}
	if digits == 0 {
		return whole
	}
	return whole + "." + rest
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
