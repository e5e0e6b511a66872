package metric

import (
	"math/bits"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// Total is the running total of one window metric over the entries [Lo, Hi) of a
// customer. It is right as long as those entries do not change; whoever changes
// one, or inserts before Hi, resets the customer's totals.
type Total struct {
	Sum    int64
	Lo, Hi uint32
}

// takes tells whether metric m counts entry e.
func (e *Eval) takes(c *ledger.Customer, en *ledger.Entry, m int) bool {
	if !en.Counts() || e.mask(en.Kind)>>m&1 == 0 {
		return false
	}
	if j := e.Plan.Metrics[m].Filter.Joint; j != 0 {
		return (j == 1) == e.store.Accounts(c)[en.Account].Has(ledger.Joint)
	}
	return true
}

// weight is what the entry at place i adds to metric m.
func (e *Eval) weight(c *ledger.Customer, es []ledger.Entry, i, m int) int64 {
	if !e.takes(c, &es[i], m) {
		return 0
	}
	switch e.Plan.Metrics[m].Kind {
	case policy.Sum:
		return e.money(&es[i], m)
	case policy.ActiveDays:
		for j := i - 1; j >= 0 && es[j].Day == es[i].Day; j-- {
			if e.takes(c, &es[j], m) {
				return 0
			}
		}
		return 1
	default:
		return es[i].Times()
	}
}

// money is what an entry adds to sum m: with a net direction the other one is
// taken off.
func (e *Eval) money(en *ledger.Entry, m int) int64 {
	if net := e.Plan.Metrics[m].Net; net != 0 && e.kinds.At(en.Kind).Direction != net {
		return -en.Amount
	}
	return en.Amount
}

// total moves a running total to the window that ends with day d.
func (e *Eval) total(c *ledger.Customer, m int, d int32, t *Total) int64 {
	es := e.store.Entries(c)
	first := d - e.Plan.Metrics[m].WindowDays + 1
	// Going back by more than the window, there is nothing to shrink to: begin anew.
	if t.Hi == 0 || (t.Lo > 0 && int32(es[t.Lo-1].Day) > d) {
		lo := uint32(ledger.FirstOn(es, first))
		*t = Total{Lo: lo, Hi: lo}
	}
	for int(t.Hi) < len(es) && int32(es[t.Hi].Day) <= d {
		t.Sum += e.weight(c, es, int(t.Hi), m)
		t.Hi++
	}
	for t.Hi > t.Lo && int32(es[t.Hi-1].Day) > d {
		t.Hi--
		t.Sum -= e.weight(c, es, int(t.Hi), m)
	}
	for t.Lo < t.Hi && int32(es[t.Lo].Day) < first {
		t.Sum -= e.weight(c, es, int(t.Lo), m)
		t.Lo++
	}
	for t.Lo > 0 && int32(es[t.Lo-1].Day) >= first {
		t.Lo--
		t.Sum += e.weight(c, es, int(t.Lo), m)
	}
	if t.Lo == t.Hi {
		t.Sum = 0
	}
	return t.Sum
}

// scan computes a flow metric from the entries of its window.
func (e *Eval) scan(c *ledger.Customer, m int, at At) int64 {
	mt := &e.Plan.Metrics[m]
	es := e.store.Entries(c)
	if mt.WindowHours > 0 {
		return e.scanHours(c, es, m, at)
	}
	lo := ledger.FirstOn(es, at.Day-mt.WindowDays+1)
	var acc accumulator
	for i := lo; i < len(es) && int32(es[i].Day) <= at.Day; i++ {
		e.feed(&acc, c, es, i, m)
	}
	return acc.value(mt.Kind)
}

// scanHours takes entries by event time. A booking day may lie apart from the
// event's own day, so all entries of the horizon are looked at.
func (e *Eval) scanHours(c *ledger.Customer, es []ledger.Entry, m int, at At) int64 {
	mt := &e.Plan.Metrics[m]
	after := at.Until - int64(mt.WindowHours)*3600
	var acc accumulator
	for i := range es {
		if s := int64(es[i].Second); s > after && s <= at.Until && int32(es[i].Day) <= at.Day {
			e.feed(&acc, c, es, i, m)
		}
	}
	return acc.value(mt.Kind)
}

type accumulator struct {
	sum, max int64
	seen     [4]uint64
	lastDay  uint16
}

func (e *Eval) feed(acc *accumulator, c *ledger.Customer, es []ledger.Entry, i, m int) {
	en := &es[i]
	if !e.takes(c, en, m) {
		return
	}
	mt := &e.Plan.Metrics[m]
	switch mt.Kind {
	case policy.Sum:
		acc.sum += e.money(en, m)
	case policy.Max:
		acc.max = max(acc.max, en.Most())
	case policy.Distinct:
		if k := e.key(en, mt.Field); k > 0 {
			acc.seen[k>>6] |= 1 << (k & 63)
		}
	case policy.ActiveDays:
		if en.Day != acc.lastDay {
			acc.sum++
			acc.lastDay = en.Day
		}
	default:
		acc.sum += en.Times()
	}
}

func (acc *accumulator) value(k policy.MetricKind) int64 {
	switch k {
	case policy.Max:
		return acc.max
	case policy.Distinct:
		n := 0
		for _, w := range acc.seen {
			n += bits.OnesCount64(w)
		}
		return int64(n)
	default:
		return acc.sum
	}
}

// nextHour is the day after d while an entry may still be in an hour window: hours
// run out within days.
func (e *Eval) nextHour(c *ledger.Customer, m int, d int32) int32 {
	es := e.store.Entries(c)
	for i := len(es) - 1; i >= 0; i-- {
		if last := int32(int64(es[i].Second)/86_400) + (e.Plan.Metrics[m].WindowHours+23)/24 + 2; last > d && e.takes(c, &es[i], m) {
			return d + 1
		}
	}
	return 0
}

// LastDays adds to buf, per value that distinct metric m counts, the last day up
// to and with d on which it occurs. One pass answers the metric for every later
// day, since without events only windows move.
func (e *Eval) LastDays(c *ledger.Customer, m int, d int32, buf []uint16) []uint16 {
	es := e.store.Entries(c)
	mt := &e.Plan.Metrics[m]
	var seen [4]uint64
	for i := ledger.FirstOn(es, d+1) - 1; i >= 0 && int32(es[i].Day) > d-mt.WindowDays; i-- {
		if !e.takes(c, &es[i], m) {
			continue
		}
		if k := e.key(&es[i], mt.Field); k > 0 && seen[k>>6]>>(k&63)&1 == 0 {
			seen[k>>6] |= 1 << (k & 63)
			buf = append(buf, es[i].Day)
		}
	}
	return buf
}

// key is the value that a distinct metric counts, 0: does not count. Enum values
// and account slots + 1 lie below 256.
func (e *Eval) key(en *ledger.Entry, f policy.Field) uint8 {
	k := e.kinds.At(en.Kind)
	switch f {
	case policy.ByType:
		return uint8(k.Type)
	case policy.ByChannel:
		return uint8(k.Channel)
	case policy.ByClass:
		return e.classOf(uint8(k.Account))
	case policy.ByAccount:
		return en.Account + 1
	case policy.ByCounterparty:
		return uint8(k.Party)
	}
	return 0
}

// classOf is the place + 1 of the class that holds an account type, 0: none.
func (e *Eval) classOf(accountType uint8) uint8 {
	for i := range e.Plan.Classes {
		if e.Plan.Classes[i].Types>>accountType&1 == 1 {
			return uint8(i + 1)
		}
	}
	return 0
}

// NextLeave is the first day after d on which an entry leaves the window of a
// flow metric, 0: none will.
func (e *Eval) NextLeave(c *ledger.Customer, m int, d int32) int32 {
	mt := &e.Plan.Metrics[m]
	w := mt.WindowDays
	if mt.WindowHours > 0 {
		return e.nextHour(c, m, d)
	}
	if mt.Kind == policy.Trend {
		a, b := e.NextLeave(c, mt.Num, d), e.NextLeave(c, mt.Den, d)
		if a == 0 || (b != 0 && b < a) {
			return b
		}
		return a
	}
	if w == 0 {
		return 0
	}
	es := e.store.Entries(c)
	for i := ledger.FirstOn(es, d-w+1); i < len(es); i++ {
		if e.takes(c, &es[i], m) {
			return int32(es[i].Day) + w
		}
	}
	return 0
}
