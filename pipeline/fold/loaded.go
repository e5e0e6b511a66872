package fold

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Done gives the partition and the offset from which the log is to be folded onto
// it. Without any record that is an empty partition and 0.
func (l *Loading) Done() (p *Partition, from int64, err error) {
	p = l.p
	if l.err != nil {
		return nil, 0, l.err
	}
	if err := l.joined(); err != nil {
		return nil, 0, err
	}
	if !l.found {
		if p.store.Len() > 0 {
			return nil, 0, fmt.Errorf("%d customers without a progress record: %w", p.store.Len(), codec.ErrDamaged)
		}
		return p, 0, nil
	}
	if n := int64(p.store.Len()); n < l.customers {
		return nil, 0, fmt.Errorf("%d customers were saved, %d are found: %w", l.customers, n, codec.ErrDamaged)
	}
	p.saved = int64(p.store.Len())
	if err := l.knowledge(); err != nil {
		return nil, 0, err
	}
	if n := (ledger.Named{Kinds: p.kinds.Len(), Units: p.rates.Units()}); p.store.Named().Kinds > n.Kinds || p.store.Named().Units > n.Units {
		return nil, 0, fmt.Errorf("customers have %+v, known are %+v: %w", p.store.Named(), n, codec.ErrDamaged)
	}
	if err := l.finishAll(); err != nil {
		return nil, 0, err
	}
	p.store.TakeLow()
	p.restored = -1
	for slot := range ledger.Slot(p.extra.Len()) {
		p.restored = max(p.restored, p.extra.At(slot).applied)
	}
	p.savedTables = [2]int{p.kinds.Len(), p.rates.Units()}
	p.moments = append(p.moments, l.at)
	p.moments[0].offset = l.from - 1
	return p, l.from, nil
}

// knowledge takes the control records before from, and the clock there.
func (l *Loading) knowledge() error {
	p := l.p
	slices.SortFunc(l.control, func(a, b taken) int { return cmp.Compare(a.offset, b.offset) })
	l.control = slices.CompactFunc(l.control, func(a, b taken) bool { return a.offset == b.offset })
	var plans []*activePlan
	known := l.control
	for i, t := range l.control {
		if t.offset >= l.from {
			known = l.control[:i]
			break
		}
	}
	for _, t := range known {
		var r pb.LogRecord
		if err := r.UnmarshalVT(t.value); err != nil {
			return fmt.Errorf("control record of offset %d: %w: %w", t.offset, codec.ErrDamaged, err)
		}
		switch {
		case r.Engine != nil:
			if r.Engine.Version > EngineVersion {
				return fmt.Errorf("log asks for engine %d at offset %d, this program knows %d: upgrade it: %w",
					r.Engine.Version, t.offset, EngineVersion, ErrPoison)
			}
			p.engine = r.Engine
		case r.Rates != nil:
			if r.Rates.Day < 1 || r.Rates.Day > lastSpanDay {
				return fmt.Errorf("rates of day %d at offset %d: %w", r.Rates.Day, t.offset, codec.ErrDamaged)
			}
			for _, y := range r.Rates.Rates {
				if u, ok := p.rates.Unit(y.Unit); ok {
					p.rates.Set(u, r.Rates.Day, y.RateE12)
				}
			}
		case r.Policy != nil:
			plan, from, err := compiled(r.Policy, p.engine.BaseCurrency, plans)
			if err != nil {
				return err
			}
			plans = append(plans, p.prepare(plan, from))
		}
	}
	n := int(l.at.policies)
	if n > len(plans) {
		return fmt.Errorf("%d policies had come into force, %d are known: %w", n, len(plans), codec.ErrDamaged)
	}
	if n == 0 && len(plans) > 0 { // the first comes into force with its record
		return fmt.Errorf("%d policies are known, none had come into force: %w", len(plans), codec.ErrDamaged)
	}
	if n > 0 {
		p.plans.past, p.plans.active = plans[:n-1:n-1], plans[n-1]
	}
	p.plans.pending = plans[n:]
	if err := l.readLater(l.control[len(known):], plans); err != nil {
		return err
	}
	p.clock, p.term, p.offsetUTC, p.firstClose = l.at.clock, l.at.term, l.at.utc, l.at.firstClose
	return nil
}

// compiled is a policy that was taken behind others, and from when it is in force.
func compiled(a *pb.PolicyActivation, base string, before []*activePlan) (plan *policy.Plan, from int32, err error) {
	opt, from := policy.Options{BaseCurrency: base}, a.EffectiveDay
	if n := len(before); n > 0 {
		opt.Previous = before[n-1].plan
	}
	if n := len(before); n > 1 { // rule R178; the first never waited
		from = max(from, before[n-1].from)
	}
	if plan, err = policy.Compile(a.Name, a.Yaml, opt); err != nil {
		return nil, 0, fmt.Errorf("policy %s version %d: %w: %w", a.Name, a.Version, ErrPoison, err)
	}
	return plan, from, nil
}

// readLater reads the policies that the log behind from will tell again, where a customer
// has been brought to one of them.
func (l *Loading) readLater(behind []taken, plans []*activePlan) error {
	ahead := false
	for slot := range ledger.Slot(l.p.extra.Len()) {
		ahead = ahead || int(l.p.extra.At(slot).plan) >= len(plans)
	}
	if !ahead {
		return nil
	}
	base := l.p.engine.BaseCurrency
	for _, t := range behind {
		var r pb.LogRecord
		if err := r.UnmarshalVT(t.value); err != nil {
			return fmt.Errorf("control record of offset %d: %w: %w", t.offset, codec.ErrDamaged, err)
		}
		switch {
		case r.Engine != nil:
			base = r.Engine.BaseCurrency
		case r.Policy != nil:
			plan, from, err := compiled(r.Policy, base, plans)
			if err != nil {
				return err
			}
			ap := &activePlan{plan: plan, from: from}
			plans, l.later = append(plans, ap), append(l.later, ap)
		}
	}
	return nil
}

// finishAll makes of what was read the customers as they were.
func (l *Loading) finishAll() error {
	was := l.p.plans
	defer func() { l.p.plans = was }()
	all := l.p.everyPlan(l.later)
	for slot := range ledger.Slot(l.p.store.Len()) {
		if err := l.finish(slot, all); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loading) finish(slot ledger.Slot, all []*activePlan) error {
	p := l.p
	c, a := p.store.At(slot), p.extra.At(slot)
	d := l.due[slot]
	if !d.headed || !p.store.Keep(c, d.Counts) {
		return fmt.Errorf("state of a customer is not whole (%+v are due): %w", d, codec.ErrDamaged)
	}
	if err := p.upgrade(a, d.format, all); err != nil {
		return err
	}
	if d.format < 3 {
		for _, e := range p.store.Entries(c) {
			a.noteLag(int32(e.Day), int64(e.Second))
		}
	}
	if c.Flags&ledger.Touched != 0 {
		p.touched = append(p.touched, p.rank(slot))
	}
	if c.Due != 0 {
		p.due.buckets[c.Due] = append(p.due.buckets[c.Due], p.rank(slot))
	}
	if a.timer != 0 {
		at := a.timer
		a.timer = 0
		p.timeAt(slot, at)
	}
	return nil
}
