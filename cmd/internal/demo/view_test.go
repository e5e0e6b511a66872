package demo

import (
	"fmt"
	"testing"
)

// A bank that is resumed stands where it stood, not at its first day.
func TestAResumedBankStandsWhereItStood(t *testing.T) {
	const first, last = 100, 199
	for _, c := range []struct {
		phase      Phase
		day, stood int32
		stands     int32
		done       float64
	}{
		{Remembering, 0, 249, 249, 0},
		{Remembering, 175, 249, 249, 0.5},
		{Remembering, 0, 0, first, 0}, // nothing was closed yet
		{Writing, 150, 0, 150, 0.5},
		{Folding, last, 0, last, 0.99},
	} {
		if stands, done := progressOf(c.phase, c.day, first, last, c.stood); stands != c.stands || done != c.done {
			t.Errorf("%+v: at day %d, %v done", c, stands, done)
		}
	}
}

// A tier that nobody is in is told with 0, where it belongs.
func TestAnEmptyTierIsTold(t *testing.T) {
	order := []Tier{{Scheme: "card", Tier: "gold", Rank: 1}, {Scheme: "card", Tier: "mass"}, {Scheme: "class", Tier: "a", Rank: 2}, {Scheme: "class", Tier: "b", Rank: 1}, {Scheme: "class", Tier: "c"}}
	list := []Tier{{Scheme: "card", Tier: "mass", Customers: 7}, {Scheme: "class", Tier: "a", Rank: 2, Customers: 3}, {Scheme: "class", Tier: "b", Rank: 1, Customers: 4}}
	var got []string
	for _, tier := range withEmpty(list, order) {
		got = append(got, fmt.Sprintf("%s %s %d", tier.Scheme, tier.Tier, tier.Customers))
	}
	if want := "[card gold 0 card mass 7 class a 3 class b 4 class c 0]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	if none := withEmpty(nil, order); len(none) != 0 {
		t.Errorf("before the first answer: %v", none)
	}
}
