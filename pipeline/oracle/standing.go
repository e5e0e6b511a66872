package oracle

import (
	"math/big"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Metrics that look at accounts and complaints as they stand.

func (a *account) open_(d Day) bool { return a.closed == 0 || a.closed > d }

func (a *account) liability() bool {
	return a.typ == pb.AccountType_CARD_CREDIT || a.typ == pb.AccountType_LOAN
}

func (c *Customer) productsHeld(plan *policy.Plan, d Day) int64 {
	var held int64
	for i := range plan.Classes {
		class := &plan.Classes[i]
		for _, a := range c.accounts {
			if class.Types>>uint(a.typ)&1 == 0 || !a.open_(d) {
				continue
			}
			n, known := c.balance(a, d, false)
			has := known && n != 0
			if class.Liability {
				has = known && n < 0 || a.limit > 0
			}
			if has {
				held++
				break
			}
		}
	}
	return held
}

func (c *Customer) worstDPD(d Day) int64 {
	var worst int32
	for _, a := range c.accounts {
		if a.open_(d) {
			worst = max(worst, a.dpd)
		}
	}
	return int64(worst)
}

func (c *Customer) utilisation(d Day) *big.Int {
	owed, limit := new(big.Int), new(big.Int)
	for _, a := range c.accounts {
		if !a.liability() || !a.open_(d) || a.limit == 0 {
			continue
		}
		rate := c.o.rates.of(a.unit, c.o.base, d)
		if n, known := c.balance(a, d, false); known && n < 0 {
			owed.Add(owed, new(big.Int).Mul(big.NewInt(-n), rate))
		}
		limit.Add(limit, new(big.Int).Mul(big.NewInt(a.limit), rate))
	}
	if limit.Sign() == 0 {
		return limit
	}
	return trend(divide(owed, e12), divide(limit, e12))
}

func (c *Customer) complaintsOpen() int64 {
	var n int64
	for _, x := range c.complaints {
		if x.Open {
			n++
		}
	}
	return n
}
