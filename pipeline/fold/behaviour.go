package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	"github.com/tierwatch/tierwatch/pipeline/wide"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// outflow remembers the largest external outflow of a customer's open periods, so that a
// reason can tell its id (rule R188). IDs longer than the array are left out.
type outflow struct {
	amount int64
	day    int32
	n      uint8
	// party is told by the entry itself; the state holds it since format 1.
	party uint8
	id    [50]byte
}

// customerFacts are the facts about the customer himself.
func (p *Partition) customerFacts(slot ledger.Slot, day int32, atClose bool) *alert.Facts {
	c := p.store.At(slot)
	f := &p.scratch.facts
	*f = alert.Facts{Scheme: alert.NoScheme, Day: p.today(c), Now: p.now(), AtClose: atClose, Judged: true}
	if atClose {
		f.Day = c.Closed + 1
	}
	for _, pl := range p.places(slot) {
		f.Active = f.Active || pl.Standing != tier.Exited
	}
	if f.Active && !p.plans.active.plan.Alerts.Silence.Off {
		p.silence(c, day, f)
	}
	return f
}

// silence compares the days since the customer's last own entry with his norm
// (rules R54, R64). Before min_days have passed the norm need not be known: it is
// not less.
func (p *Partition) silence(c *ledger.Customer, day int32, f *alert.Facts) {
	least := p.plans.active.plan.Alerts.Silence.MinDays
	es := p.store.Entries(c)
	i := ledger.FirstOn(es, day+1) - 1
	for i >= 0 && !p.own(&es[i]) {
		i--
	}
	f.SilenceKnown = true
	if i < 0 {
		return
	}
	last := int32(es[i].Day)
	if f.NormTh = least; day-last >= least {
		if f.NormTh = p.norm(es[:i+1], last, least); f.NormTh == 0 {
			return
		}
	}
	f.SilentSince, f.Silence = last, day-last
	f.Silent = f.Silence >= f.NormTh
}

// own tells whether an entry is the customer's own doing.
func (p *Partition) own(e *ledger.Entry) bool {
	return e.Counts() && p.kinds.At(e.Kind).Initiator == pb.Initiator_CUSTOMER
}

// norm is three times the mean gap between his own days in the year that ends with
// the last one, at least min_days; 0 if there are too few to tell.
func (p *Partition) norm(es []ledger.Entry, last, least int32) int32 {
	const span, few = 365, 6
	first, days := int32(0), int32(0)
	for i := len(es) - 1; i >= 0 && int32(es[i].Day) > last-span; i-- {
		if d := int32(es[i].Day); d != first && p.own(&es[i]) {
			first = d
			days++
		}
	}
	if days < few {
		return 0
	}
	return max(3*(last-first)/(days-1), least)
}

// outflowAt judges a large outflow at an event (rules R53, R64, R113), whose entry is at
// place i.
func (p *Partition) outflowAt(slot ledger.Slot, i int, t *incoming) {
	if p.plans.active == nil || t.Direction != pb.Direction_DEBIT || t.Status != pb.TxnStatus_POSTED ||
		t.InternalTransfer || t.SameOwner || metric.IsLiability(uint8(t.AccountType)) || t.BaseAmountMinor == 0 {
		return
	}
	e := &p.store.Entries(p.store.At(slot))[i]
	if !e.Counts() {
		return // reversed before it came
	}
	p.remember(slot, t, e.Amount)
	rule := &p.plans.active.plan.Alerts.LargeOutflow
	if rule.Off {
		return
	}
	net := p.netOutflow(slot, t.EventTime)
	if net <= 0 || net < rule.LeastMinor {
		return
	}
	assets := p.bookAssets(slot, p.today(p.store.At(slot))) + net
	byShare := rule.ShareBP > 0 && wide.Mul(net, 10_000).Cmp(wide.Mul(assets, int64(rule.ShareBP))) >= 0
	if !byShare && (rule.AmountMinor == 0 || net < rule.AmountMinor) {
		return
	}
	f := p.customerFacts(slot, t.BusinessDay, false)
	f.SilenceKnown = false
	// His event makes a leaver NEW again (rule R35), but for one on a closed account,
	// which tells nothing (rule R143).
	if f.Active = f.Active || p.onOpen(slot); !f.Active {
		return
	}
	f.Outflow = &alert.Outflow{AmountMinor: net, AssetsMinor: assets, At: t.EventTime, EventID: p.eventID(t.Transaction)}
	p.judge(slot, f)
}

// netOutflow is debits less credits of external entries on asset accounts in the
// 24 hours that end with now.
func (p *Partition) netOutflow(slot ledger.Slot, now int64) int64 {
	const window = 24 * 3600
	c := p.store.At(slot)
	es := p.store.Entries(c)
	first := now - window - (p.extra.At(slot).lag()+1)*secondsPerDay // of the days that an event of the window may be booked on
	var net int64
	for i := range es {
		e := &es[len(es)-1-i]
		if int64(e.Day)*secondsPerDay < first {
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

// bookAssets are the asset balances by business day, as they stand, at the rates of
// day d: an outflow has left them, whenever it has its value (rule R53).
func (p *Partition) bookAssets(slot ledger.Slot, d int32) int64 {
	var sum wide.Int
	as := p.store.Accounts(p.store.At(slot))
	for i := range as {
		if a := &as[i]; !metric.IsLiability(a.Type) && a.Open(d) {
			sum = sum.Add(p.rates.Value(a.Unit, max(0, p.store.BookAt(a, d)), d))
		}
	}
	return sum.HalfEven(ledger.RateOne).Clamp()
}

// remember keeps the largest entry of those that the reason EXTERNAL_OUTFLOW sums, of the
// days that the next alert may look at; of equals the newest.
func (p *Partition) remember(slot ledger.Slot, t *incoming, left int64) {
	if reasonOf(p.kinds.At(t.kind)) != alert.ExternalOutflow || !p.plans.active.counts(uint8(t.AccountType)) {
		return
	}
	x := p.extra.At(slot)
	if x.outflow == 0 {
		x.outflow = p.outflows.Alloc(1)
	}
	o := &p.outflows.Block(x.outflow)[0]
	switch {
	case t.BusinessDay < o.day && left <= o.amount, t.BusinessDay == o.day && left < o.amount:
		return
	case left < o.amount || t.BusinessDay < o.day:
		first := p.explained(slot, max(t.BusinessDay, o.day))
		if o.day >= first && (t.BusinessDay < first || left <= o.amount) {
			return
		}
	}
	*o = outflow{amount: left, day: t.BusinessDay, party: uint8(t.CounterpartyType)}
	p.scratch.text = appendEventID(p.scratch.text[:0], t.Transaction)
	if id := p.scratch.text; len(id) <= len(o.id) {
		o.n = uint8(copy(o.id[:], id))
	}
}

// counts tells whether some scheme goes by a balance that accounts of a type are part of.
func (ap *activePlan) counts(account uint8) bool {
	for s := range ap.uses {
		for _, m := range ap.uses[s] {
			if mt := &ap.plan.Metrics[m]; mt.Balancing() && mt.Weight[account] != 0 {
				return true
			}
		}
	}
	return false
}

// explained is the first of the days up to d that the reasons of a risk look at: of the
// periods that hold d or are still to be decided, or of the misses before them.
func (p *Partition) explained(slot ledger.Slot, d int32) int32 {
	first := d
	for s := range p.places(slot) {
		pl, sc := &p.places(slot)[s], &p.plans.active.plan.Schemes[s]
		start, _ := tier.Period(sc, d)
		if pl.nextEnd != 0 {
			waits, _, _ := p.ending(sc, pl.nextEnd)
			start = min(start, waits)
		}
		if first = min(first, start); pl.Misses > 0 {
			if m := p.missed(slot, s); len(m) > 0 {
				first = min(first, m[0])
			}
		}
	}
	return first
}
