package logrows

import (
	"context"
	"strconv"

	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// ratedAt is a rate, where it came and what was closed then.
type ratedAt struct {
	rate
	offset int64
	ruling int64
	closed int32
	any    bool
	// held: it came before the log that is compared, and was taken.
	held bool
}

// begin takes in what was said before the log that is compared.
func (c *closing) begin(b *clickhouse.Beginning) {
	c.any, c.closed, c.ruling = true, b.Day, b.Term
	for _, r := range b.Records {
		if e := r.Engine; e != nil {
			c.lag = [2]int32{e.FxLagDays, e.NavLagDays}
		}
		for _, x := range ratesOf(r) {
			c.rateList = append(c.rateList, ratedAt{rate: x, held: true})
		}
	}
}

// rated notes a rate for the view rates.
func (p *Partition) rated(offset int64, r *rate) {
	if p.capture != nil {
		return
	}
	r.unit = clone(r.unit)
	p.rateList = append(p.rateList, ratedAt{rate: *r, offset: offset, ruling: p.ruling, closed: p.closed, any: p.any})
}

// shownRate is a row of the view rates.
type shownRate struct{ offset, e12 int64 }

func (r shownRate) row() (int64, []string) { return r.offset, []string{strconv.FormatInt(r.e12, 10)} }

// compareRates: of each unit and day the last counts that was of the writer in office and
// came before its day was fixed.
func (p *Partition) compareRates(ctx context.Context) error {
	if p.o.From > 0 && p.o.Before == nil {
		return nil // nobody told what was fixed
	}
	want := map[string]shownRate{}
	for _, r := range p.rateList {
		lag := p.lag[1]
		if currency(r.unit) {
			lag = p.lag[0]
		}
		if !r.held && (r.term < r.ruling || r.any && r.closed >= date(r.day)+lag) {
			continue
		}
		want[accountKey(r.unit, dateText(date(r.day)))] = shownRate{r.offset, r.e12}
	}
	_, err := compareKeyed(ctx, p, keyed[shownRate]{
		where: "view rates", told: true, cells: []cell{{"rate_e12", "toString(rate_e12)"}}, want: want, of: shownRate.row,
		label: func(a, b string) (string, string) { return "", a + " of " + b },
		query: "SELECT toString(unit), toString(day), toInt64(offset), %s FROM " + p.named("rates") + " WHERE %d = 0",
	})
	return err
}

// currency: a code of three capital letters.
func currency(unit string) bool {
	if len(unit) != 3 {
		return false
	}
	for _, c := range []byte(unit) {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}
