package metric

import (
	"math/bits"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/wide"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const liabilities = 1<<pb.AccountType_LOAN | 1<<pb.AccountType_CARD_CREDIT

// IsLiability tells whether balances of the type are debts.
func IsLiability(t uint8) bool { return liabilities>>t&1 == 1 }

// recency is the days since the last matching entry up to day d.
func (e *Eval) recency(c *ledger.Customer, m int, d int32) int64 {
	es := e.store.Entries(c)
	for i := ledger.FirstOn(es, d+1) - 1; i >= 0; i-- {
		if e.takes(c, &es[i], m) {
			return min(int64(d-int32(es[i].Day)), HorizonDays)
		}
	}
	return HorizonDays
}

// tenure is the whole months since the customer's first day with the bank.
func (e *Eval) tenure(c *ledger.Customer, d int32) int64 {
	first := e.FirstDay(c)
	if first == 0 {
		return 0
	}
	return int64(day.Months(first, d))
}

// FirstDay is the customer's opening day: the profile's, else the earliest
// opening day or first booking of his accounts (rule R40), 0: none.
func (e *Eval) FirstDay(c *ledger.Customer) int32 {
	if c.Since != 0 {
		return c.Since
	}
	var first int32
	as := e.store.Accounts(c)
	for i := range as {
		d := as[i].Opened
		if d == 0 {
			d = as[i].FirstDay
		}
		if d != 0 && (first == 0 || d < first) {
			first = d
		}
	}
	return first
}

// Newcomer tells whether the customer had nothing before his first day here: no
// opening position or inferred balance without an opening day.
func (e *Eval) Newcomer(c *ledger.Customer) bool {
	as := e.store.Accounts(c)
	for i := range as {
		if as[i].Opened == 0 && (as[i].Has(ledger.Inferred) || as[i].OpenedBySnapshot()) {
			return false
		}
	}
	return true
}

// KnownFrom is the first day on which all balances are known, and whether there
// is one (rule R14).
func (e *Eval) KnownFrom(c *ledger.Customer) (d int32, ok bool) {
	as := e.store.Accounts(c)
	for i := range as {
		d = max(d, as[i].Known)
	}
	return d, len(as) > 0
}

// products counts the classes with a live account (rule R40).
func (e *Eval) products(c *ledger.Customer, d int32) int64 {
	var set uint64
	as := e.store.Accounts(c)
	for i := range as {
		a := &as[i]
		if k := e.classOf(a.Type); k > 0 && a.Open(d) && e.live(a, d) {
			set |= 1 << (k - 1)
		}
	}
	return int64(bits.OnesCount64(set))
}

// live tells whether an open account is a product in use (rule R40).
func (e *Eval) live(a *ledger.Account, d int32) bool {
	bal := e.store.ValueAt(a, d)
	if IsLiability(a.Type) {
		return bal < 0 || a.Limit > 0
	}
	return bal != 0
}

func (e *Eval) dpd(c *ledger.Customer, d int32) int64 {
	var worst int32
	as := e.store.Accounts(c)
	for i := range as {
		if as[i].Open(d) {
			worst = max(worst, as[i].DPD)
		}
	}
	return int64(worst)
}

// utilisation is 10000 x owed / limit over open liability accounts with a limit, each
// summed in base and rounded once (rule R40).
func (e *Eval) utilisation(c *ledger.Customer, d int32) int64 {
	var owed, limit wide.Int
	as := e.store.Accounts(c)
	for i := range as {
		a := &as[i]
		if !IsLiability(a.Type) || !a.Open(d) || a.Limit <= 0 {
			continue
		}
		owed = owed.Add(e.rates.Value(a.Unit, max(0, -e.store.ValueAt(a, d)), d))
		limit = limit.Add(e.rates.Value(a.Unit, a.Limit, d))
	}
	if limit.Sign() == 0 {
		return 0
	}
	return ratio(owed.HalfEven(ledger.RateOne).Clamp(), limit.HalfEven(ledger.RateOne).Clamp())
}
