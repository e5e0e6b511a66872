package fold

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	"github.com/tierwatch/tierwatch/pipeline/wide"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// maxReasons is how many reasons an alert names.
const maxReasons = 5

// reasons explain the decline of the scheme's value since the first day of the
// open period, or of the first missed one (rule R56).
func (p *Partition) reasons(slot ledger.Slot, s int, start, today int32) []alert.Reason {
	if m := p.missed(slot, s); len(m) > 0 {
		start = min(start, m[0])
	}
	return p.reasonsOf(slot, s, p.places(slot)[s].Tier, start, today)
}

// lost explains the fall that f tells, or that an open alert has told: by the balance of
// the tier that was lost, from the first of the misses that led to it (rule R138). nil:
// there is none.
func (p *Partition) lost(slot ledger.Slot, s int, f *alert.Facts, start int32) []alert.Reason {
	from, fell := uint8(0), false
	for _, c := range p.casesOf(slot) {
		if int(c.Scheme) == s && c.Code == alert.TierDowngraded && c.State == alert.Open {
			from, fell = c.From, true
		}
	}
	for i := range f.Moves {
		if f.Moves[i].Code == alert.TierDowngraded {
			from, fell = f.Moves[i].From, true
		}
	}
	if !fell {
		return nil
	}
	return p.reasonsOf(slot, s, from, min(start, p.fellSince(slot, s, from, start)), f.Day)
}

// fellSince is the first day of the first of the periods missed in a row that led to the
// last fall from a tier; start, if none is kept.
func (p *Partition) fellSince(slot ledger.Slot, s int, from uint8, start int32) int32 {
	if p.plans.active.plan.Schemes[s].Assess == policy.AssessEvent {
		return start // what events decided is not kept (rule R111)
	}
	rs := p.kept(&p.places(slot)[s])
	sc := &p.plans.active.plan.Schemes[s]
	stood := func(i int) tier.State { return p.presently(rs[i].Before(), p.decider(sc, &rs[i]), sc) }
	i := len(rs) - 1
	for i >= 0 && stood(i).Tier != from {
		i--
	}
	if i < 0 {
		return start
	}
	start = rs[i].Start()
	for after := rs[i].Before().Misses; i > 0 && after > 0; i-- {
		before := rs[i-1].Before().Misses
		if before < after {
			start = rs[i-1].Start()
		}
		after = before
	}
	return start
}

// reasonsOf explain the decline of the balance that a tier asks for since start.
func (p *Partition) reasonsOf(slot ledger.Slot, s int, t uint8, start, today int32) []alert.Reason {
	term := moneyTerm(p.plans.active, &p.plans.active.plan.Schemes[s], t)
	if term == nil {
		return []alert.Reason{{Code: alert.RollOff, ShareBP: 10_000}}
	}
	var net [alert.OtherReason + 1]int64
	largest := p.flows(slot, &p.plans.active.plan.Metrics[term.Metric], start, today, &net)
	p.valuation(slot, term.Metric, start, today, &net)
	return p.ranked(slot, term.Metric, start, largest, &net)
}

// flows nets the entries of the metric's accounts by reason; a loss is positive. It
// gives the place of the largest external outflow, of equals the newest, -1: there is none.
func (p *Partition) flows(slot ledger.Slot, mt *policy.Metric, start, today int32, net *[alert.OtherReason + 1]int64) (largest int) {
	c, most := p.store.At(slot), int64(1)
	largest = -1
	as := p.store.Accounts(c)
	es := p.store.Entries(c)
	for i := ledger.FirstOn(es, start); i < len(es) && int32(es[i].Day) <= today; i++ {
		e := &es[i]
		k := p.kinds.At(e.Kind)
		if !e.Counts() || mt.Weight[as[e.Account].Type] == 0 {
			continue
		}
		amount := e.Amount
		if k.Direction == pb.Direction_CREDIT {
			amount = -amount
		}
		code := reasonOf(k)
		if net[code] += amount; code == alert.ExternalOutflow && amount >= most {
			most, largest = amount, i
		}
	}
	return largest
}

func reasonOf(k *metric.Kind) alert.ReasonCode {
	switch k.Type {
	case pb.TxnType_WITHDRAWAL_CASH:
		return alert.CashWithdrawal
	case pb.TxnType_CARD_SPEND, pb.TxnType_CARD_REPAY, pb.TxnType_CARD_CASH_ADVANCE, pb.TxnType_CARD_INSTALMENT:
		return alert.CardSpend
	case pb.TxnType_FEE, pb.TxnType_TAX, pb.TxnType_INTEREST_DEBIT:
		return alert.FeesAndInterest
	case pb.TxnType_ADJUSTMENT, pb.TxnType_REVERSAL, pb.TxnType_CHARGEBACK:
		return alert.Correction
	case pb.TxnType_FX_REVALUE:
		return alert.FXEffect
	case pb.TxnType_WEALTH_NAV_UPDATE:
		return alert.MarketEffect
	}
	if k.Internal {
		return alert.InternalMove
	}
	if k.Direction == pb.Direction_DEBIT && k.Type != pb.TxnType_STANDING_ORDER && k.Type != pb.TxnType_DIRECT_DEBIT {
		return alert.ExternalOutflow
	}
	return alert.OtherReason
}

// valuation adds what rates alone took away: the balance at the start, valued then
// and now.
func (p *Partition) valuation(slot ledger.Slot, m int, start, today int32, net *[alert.OtherReason + 1]int64) {
	mt := &p.plans.active.plan.Metrics[m]
	as := p.store.Accounts(p.store.At(slot))
	for i := range as {
		a := &as[i]
		if a.Unit == ledger.Base || mt.Weight[a.Type] == 0 {
			continue
		}
		q := p.store.Counts(a, start-1, ledger.Shape{})
		diff := p.rates.Value(a.Unit, q, start-1).Sub(p.rates.Value(a.Unit, q, today))
		code := alert.MarketEffect
		if currency(p.rates.Name(a.Unit)) {
			code = alert.FXEffect
		}
		net[code] += diff.HalfEven(ledger.RateOne).Clamp()
	}
}

// ranked turns losses into shares of the decline, the largest first. Of external outflows
// the largest entry is told, with the assets of metric m around its day.
func (p *Partition) ranked(slot ledger.Slot, m int, start int32, largest int, net *[alert.OtherReason + 1]int64) []alert.Reason {
	var total int64
	for _, v := range net {
		total += max(0, v)
	}
	if total == 0 {
		return nil
	}
	var list []alert.Reason
	for code, v := range net {
		if v > 0 {
			share := wide.Mul(v, 10_000).HalfEven(total).Clamp()
			list = append(list, alert.Reason{Code: alert.ReasonCode(code), AmountMinor: v, ShareBP: int32(share), Since: start})
		}
	}
	slices.SortStableFunc(list, func(a, b alert.Reason) int { return cmp.Compare(b.AmountMinor, a.AmountMinor) })
	list = list[:min(len(list), maxReasons)]
	for i := range list {
		if list[i].Code == alert.ExternalOutflow && largest >= 0 {
			e := &p.store.Entries(p.store.At(slot))[largest]
			list[i].EventID, list[i].Day = p.remembered(slot, e), int32(e.Day)
			list[i].EventMinor, list[i].Party = e.Amount, p.kinds.At(e.Kind).Party
			list[i].BeforeMinor, list[i].AfterMinor = p.around(slot, m, int32(e.Day), e.Amount)
		}
	}
	return list
}

// remembered is the event id of an entry, if it is the outflow that is remembered and
// stands as it was (rules R95, R188); else "".
func (p *Partition) remembered(slot ledger.Slot, e *ledger.Entry) string {
	x := p.extra.At(slot)
	if x.outflow == 0 {
		return ""
	}
	o := &p.outflows.Block(x.outflow)[0]
	colon := bytes.LastIndexByte(o.id[:o.n], ':')
	if colon < 0 || ledger.HashID(string(o.id[:colon])) != e.ID {
		return ""
	}
	version := uint32(1)
	if x := p.store.Extra(p.store.At(slot), e); x != nil {
		version = max(x.Version, 1)
	}
	if told, err := strconv.ParseUint(string(o.id[colon+1:o.n]), 10, 32); err != nil || uint32(told) != version {
		return ""
	}
	return string(o.id[:o.n])
}

// around are the assets under metric m at the end of the day before d and of d; 0
// unless an outflow of d is all that lies between them (rules R82, R133).
func (p *Partition) around(slot ledger.Slot, m int, d int32, amount int64) (before, after int64) {
	c, e := p.store.At(slot), p.plans.active.eval
	before = e.Worth(c, m, d-1).HalfEven(metric.Scale).Clamp()
	after = e.Worth(c, m, d).HalfEven(metric.Scale).Clamp()
	if before-after != amount {
		return 0, 0
	}
	return before, after
}
