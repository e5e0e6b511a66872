package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Stats are counts of a partition: how large it is, and which control records had no
// effect. Reading them is only safe from the goroutine that owns the partition.
type Stats struct {
	Customers  int64
	StateBytes int64
	// RefusedRates came after their day was fixed or out of range; Ignored are
	// control records of lower terms or not later than what is known.
	RefusedRates, Ignored int64
}

// Stats gives the counts so far.
func (p *Partition) Stats() Stats {
	s := p.stats
	s.StateBytes = p.store.Bytes() + p.totals.Bytes() + p.schemes.Bytes() + p.results.Bytes() + p.lifts.Bytes() + p.cases.Bytes() +
		p.outflows.Bytes() + p.extra.Bytes()
	return s
}

// TierCount is the number of customers in a tier of a scheme.
type TierCount struct {
	Scheme, Tier string
	Customers    int64
}

// Tiers counts customers by scheme and tier of the policy in force. It walks all
// customers; who has not been brought to that policy yet, in its drain, is left out.
func (p *Partition) Tiers() []TierCount {
	if p.plans.active == nil {
		return nil
	}
	schemes := p.plans.active.plan.Schemes
	var list []TierCount
	bases := make([]int, len(schemes))
	for i := range schemes {
		bases[i] = len(list)
		for t := range schemes[i].Tiers {
			list = append(list, TierCount{Scheme: schemes[i].Name, Tier: schemes[i].Tiers[t].Name})
		}
	}
	for slot := range ledger.Slot(p.extra.Len()) {
		x := p.extra.At(slot)
		if int(x.plan) != len(p.plans.past) {
			continue
		}
		pls := p.placesUnder(x)
		for i := range pls {
			if pls[i].Standing == tier.Active {
				list[bases[i]+int(pls[i].Tier)].Customers++
			}
		}
	}
	return list
}

// OpenAlerts counts open alerts by code. It walks all customers.
func (p *Partition) OpenAlerts() map[string]int64 {
	n := map[string]int64{}
	for slot := range ledger.Slot(p.extra.Len()) {
		x := p.extra.At(slot)
		cs := p.cases.Block(x.cases)[:x.nCases]
		for i := range cs {
			if cs[i].State == uint8(pb.AlertState_OPEN) {
				n[cs[i].Code.String()]++
			}
		}
	}
	return n
}
