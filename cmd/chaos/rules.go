package main

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// ratedDay is a unit on a day.
type ratedDay struct {
	unit string
	day  int32
}

// rules are the rates and policies that count in a partition: the tables show those of
// one, and each fold goes by those of its own.
type rules struct {
	fx, nav  int32 // days for which a rate may still come
	rates    map[ratedDay]int64
	policies []*pb.PolicyActivation
}

// hear takes in a record of the writer in office. Days up to the last of closes are closed.
func (u *rules) hear(r *pb.LogRecord, closes []closing) {
	switch {
	case r.Engine != nil:
		u.fx, u.nav = r.Engine.FxLagDays, r.Engine.NavLagDays
	case r.Policy != nil:
		if n := len(u.policies); n == 0 || r.Policy.Version > u.policies[n-1].Version {
			u.policies = append(u.policies, r.Policy)
		}
	case r.Rates != nil:
		for _, x := range r.Rates.Rates {
			lag := u.nav
			if len(x.Unit) == 3 { // a currency: the bank's funds have longer names
				lag = u.fx
			}
			if n := len(closes); n > 0 && closes[n-1].day >= r.Rates.Day+lag {
				continue // it came when the rate was fixed (R23)
			}
			u.rates[ratedDay{x.Unit, r.Rates.Day}] = x.RateE12
		}
	}
}

// sameRules checks that all partitions go by the same rates and policies, and gives how
// many rates these are.
func sameRules(all []told, found *findings) int {
	first := &all[0].rules
	for p := range all {
		u := &all[p].rules
		if !maps.Equal(u.rates, first.rates) {
			at := differing(u.rates, first.rates)
			found.add("log, partition %d: rates count that in partition 0 do not, as %s of %s: %d, there %d",
				p, at.unit, event.FormatDay(at.day), u.rates[at], first.rates[at])
		}
		if !slices.EqualFunc(u.policies, first.policies, samePolicy) {
			found.add("log, partition %d: %d policies count that are not the %d of partition 0", p, len(u.policies), len(first.policies))
		}
	}
	return len(first.rates)
}

// differing is the first day on which two partitions differ.
func differing(a, b map[ratedDay]int64) ratedDay {
	var list []ratedDay
	for k, n := range a {
		if m, has := b[k]; !has || m != n {
			list = append(list, k)
		}
	}
	for k := range b {
		if _, has := a[k]; !has {
			list = append(list, k)
		}
	}
	return slices.MinFunc(list, func(x, y ratedDay) int {
		return cmp.Or(cmp.Compare(x.day, y.day), cmp.Compare(x.unit, y.unit))
	})
}

func samePolicy(a, b *pb.PolicyActivation) bool {
	return a.Name == b.Name && a.Version == b.Version && a.EffectiveDay == b.EffectiveDay && bytes.Equal(a.Yaml, b.Yaml)
}
