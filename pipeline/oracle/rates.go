package oracle

import (
	"math/big"
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// book of rates: one rate per unit and day, times 10^12.
type rateBook struct {
	byUnit  map[string]map[Day]int64
	fx, nav int32
	// Refused counts rates that came after they were fixed.
	Refused int
}

var (
	e12 = big.NewInt(1_000_000_000_000)
	// unitScale is what one base minor unit counts in exact sums: rates are times
	// 10^12, weights times 10^4.
	unitScale = new(big.Int).Mul(e12, big.NewInt(10_000))
)

func isCurrency(unit string) bool {
	if len(unit) != 3 {
		return false
	}
	for _, r := range unit {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return true
}

// take enters the rates of a day unless they are fixed: CLOSE(day + lag) passed.
func (b *rateBook) take(r *pb.Rates, closed bool, lastClose Day) {
	for _, rate := range r.Rates {
		lag := b.nav
		if isCurrency(rate.Unit) {
			lag = b.fx
		}
		if closed && lastClose >= r.Day+lag {
			b.Refused++
			continue
		}
		if b.byUnit[rate.Unit] == nil {
			b.byUnit[rate.Unit] = map[Day]int64{}
		}
		b.byUnit[rate.Unit][r.Day] = rate.RateE12
	}
}

// of gives the rate of a unit on a day: its own or the last one before, else 0.
func (b *rateBook) of(unit, base string, d Day) *big.Int {
	if unit == base {
		return e12
	}
	var days []Day
	for day := range b.byUnit[unit] {
		if day <= d {
			days = append(days, day)
		}
	}
	if len(days) == 0 {
		return new(big.Int)
	}
	slices.Sort(days)
	return big.NewInt(b.byUnit[unit][days[len(days)-1]])
}
