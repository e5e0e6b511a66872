package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	"github.com/tierwatch/tierwatch/pipeline/wide"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// outflow remembers the largest external outflow of a customer's recent days, so
// that a reason can name the event. IDs longer than the array are left out.
type outflow struct {
	amount int64
	day    int32
	n      uint8
	id     [51]byte
}

// customerFacts are the facts about the customer himself.
func (p *Partition) customerFacts(slot ledger.Slot, day int32, atClose bool) alert.Facts {
	c := p.store.At(slot)
	f := alert.Facts{Scheme: alert.NoScheme, Day: p.today(c), Now: p.now(), AtClose: atClose, Judged: true}
	if atClose {
		f.Day = c.Closed + 1
	}
	for _, pl := range p.places(slot) {
		f.Active = f.Active || pl.Standing != tier.Exited
	}
	if f.Active && !p.plans.active.plan.Alerts.Silence.Off {
		p.silence(c, day, &f)
	}
	return f
}

// silence compares the days since the customer's last own entry with his norm
// (rules R54, R64).
func (p *Partition) silence(c *ledger.Customer, day int32, f *alert.Facts) {
	const span, least = 365, 6
	es := p.store.Entries(c)
	var last, first int32
	days := 0
	for i := ledger.FirstOn(es, day+1) - 1; i >= 0; i-- {
		d := int32(es[i].Day)
		if last != 0 && d <= last-span {
			break
		}
		if !es[i].Counts() || p.kinds.At(es[i].Kind).Initiator != pb.Initiator_CUSTOMER || d == first {
			continue
		}
		if last == 0 {
			last = d
		}
		first = d
		days++
	}
	f.SilenceKnown = true
	if days < least {
		return
	}
	f.NormTh = max(3*(last-first)/int32(days-1), p.plans.active.plan.Alerts.Silence.MinDays)
	f.SilentSince, f.Silence = last, day-last
	f.Silent = f.Silence >= f.NormTh
}

// outflowAt judges a large outflow at an event (rules R53, R64).
func (p *Partition) outflowAt(slot ledger.Slot, t *incoming) {
	if p.plans.active == nil || t.Direction != pb.Direction_DEBIT || t.Status != pb.TxnStatus_POSTED ||
		t.InternalTransfer || t.SameOwner || metric.IsLiability(uint8(t.AccountType)) || t.BaseAmountMinor == 0 {
		return
	}
	p.remember(slot, t)
	rule := &p.plans.active.plan.Alerts.LargeOutflow
	if rule.Off {
		return
	}
	net := p.netOutflow(slot, t.EventTime)
	if net <= 0 {
		return
	}
	assets := p.assets(slot, p.today(p.store.At(slot))) + net
	byShare := rule.ShareBP > 0 && wide.Mul(net, 10_000).Cmp(wide.Mul(assets, int64(rule.ShareBP))) >= 0
	if !byShare && (rule.AmountMinor == 0 || net < rule.AmountMinor) {
		return
	}
	f := p.customerFacts(slot, t.BusinessDay, false)
	f.SilenceKnown = false
	f.Outflow = &alert.Outflow{AmountMinor: net, AssetsMinor: assets, EventID: p.eventID(t.Transaction)}
	p.judge(slot, &f)
}

// netOutflow is debits less credits of external entries on asset accounts in the
// 24 hours that end with now.
func (p *Partition) netOutflow(slot ledger.Slot, now int64) int64 {
	const window = 24 * 3600
	c := p.store.At(slot)
	es := p.store.Entries(c)
	var net int64
	for i := range es {
		e := &es[len(es)-1-i]
		if int64(e.Day)*secondsPerDay < now-4*window {
			break
		}
		s := int64(e.Second)
		k := p.kinds.At(e.Kind)
		if s <= now-window || s > now || !e.Counts() || k.Internal || metric.IsLiability(uint8(k.Account)) {
			continue
		}
		if k.Direction == pb.Direction_DEBIT {
			net += e.Amount
		} else {
			net -= e.Amount
		}
	}
	return net
}

// assets are the customer's asset balances in base currency at the end of day d,
// overdrafts at 0, unweighted.
func (p *Partition) assets(slot ledger.Slot, d int32) int64 {
	var sum wide.Int
	as := p.store.Accounts(p.store.At(slot))
	for i := range as {
		if !metric.IsLiability(as[i].Type) {
			sum = sum.Add(p.rates.Value(as[i].Unit, p.store.Counts(&as[i], d, ledger.Shape{}), d))
		}
	}
	return sum.HalfEven(ledger.RateOne).Clamp()
}

// remember keeps the largest external outflow of the last 31 days.
func (p *Partition) remember(slot ledger.Slot, t *incoming) {
	x := &p.extra[slot]
	if x.outflow == 0 {
		x.outflow = p.outflows.Alloc(1)
	}
	o := &p.outflows.Block(x.outflow)[0]
	if t.BaseAmountMinor < o.amount && t.BusinessDay <= o.day+31 {
		return
	}
	*o = outflow{amount: t.BaseAmountMinor, day: t.BusinessDay}
	if id := p.eventID(t.Transaction); len(id) <= len(o.id) {
		o.n = uint8(copy(o.id[:], id))
	}
}
