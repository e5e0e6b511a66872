package main

import (
	"testing"

	"github.com/tierwatch/tierwatch/deploy/examples/demo"
)

func TestRatesMoveFromDayToDay(t *testing.T) {
	a, b := ratesOf(firstDay), ratesOf(firstDay+1)
	for i, c := range currencies {
		x, y := a.Rates[i], b.Rates[i]
		if x.Unit != c.unit || x.RateE12 == y.RateE12 || x.RateE12 < c.rate/100*99 || x.RateE12 > c.rate/100*101 {
			t.Errorf("%s: %d after %d, usual %d", x.Unit, y.RateE12, x.RateE12, c.rate)
		}
	}
}

// A day on which nobody does anything is work for each holder of another currency, and
// for no other customer: it is what the line of the table counts.
func TestHoldersAreWorkOnIdleDays(t *testing.T) {
	for foreign, want := range map[int]func(visits, all int) bool{
		0:   func(visits, all int) bool { return visits < all/2 },
		40:  func(visits, all int) bool { return visits > all*3/10 && visits < all },
		100: func(visits, all int) bool { return visits == all },
	} {
		b := &foldBench{customers: 300, events: 1, days: 1, idle: 20, foreign: foreign, shape: skewed, policy: demo.Policy}
		r, err := b.measure()
		if err != nil {
			t.Fatal(err)
		}
		if all := b.customers * (b.days + b.idle); !want(r.idleVisited, all) {
			t.Errorf("%d of a hundred are holders: %d visits of %d", foreign, r.idleVisited, all)
		}
	}
}
