package fold

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// ErrParted is what a Resort returns of partitions that do not know the same of time,
// policies and rates: a writer of time died while he wrote. ErrFull is one whose
// partitions have together more kinds or units than a table holds.
var (
	ErrParted = errors.New("the partitions do not know the same")
	ErrFull   = errors.New("a table of the new partitions would be full")
)

// agree tells whether partitions know the same: else the customers of some have been
// told what others have not.
func agree(known []*Partition) error {
	want := facts(known[0])
	for i, p := range known[1:] {
		for k, f := range facts(p) {
			if f != want[k] {
				return fmt.Errorf("%w: %s is %s in partition %d, and %s in partition 0", ErrParted, f.name, f.text, i+1, want[k].text)
			}
		}
		for _, table := range []*ledger.Rates{known[0].rates, p.rates} {
			for u := range table.Units() {
				unit := table.Name(uint16(u))
				if d, differ := p.rates.DiffersFrom(known[0].rates, unit); differ {
					return fmt.Errorf("%w: the rate of %s of %s is another one in partition %d than in partition 0", ErrParted, unit, day.String(d), i+1)
				}
			}
		}
	}
	return nil
}

// fact is something that all partitions must know alike.
type fact struct{ name, text string }

func facts(p *Partition) []fact {
	c := &p.clock
	var policies []string
	for _, t := range p.given {
		var r pb.LogRecord
		if err := r.UnmarshalVT(t.value); err == nil && r.Policy != nil { // it was read before
			policies = append(policies, fmt.Sprintf("%s version %d from %s (%016x)",
				r.Policy.Name, r.Policy.Version, day.String(r.Policy.EffectiveDay), xxhash.Sum64(r.Policy.Yaml)))
		}
	}
	e := p.engine.CloneVT()
	e.Term = 0
	engine, err := e.MarshalVT()
	if err != nil {
		panic("fold: marshal ENGINE: " + err.Error())
	}
	return []fact{
		{"the base currency", p.rates.Name(ledger.Base)},
		{"the ENGINE", fmt.Sprintf("version %d of epoch %d (%016x)", e.Version, e.Epoch, xxhash.Sum64(engine))},
		{"the last CLOSE", fmt.Sprintf("that of %s, cut at %d", day.String(c.LastClose), c.Cut)},
		{"the first CLOSE", "that of " + day.String(p.firstClose)},
		{"the writer of the CLOSE", fmt.Sprintf("that of the term %d", p.term)},
		{"the last TICK", fmt.Sprintf("%d of %s, %d seconds east", c.TickAt, day.String(c.TickDay), p.offsetUTC)},
		{"the mode", c.Mode.String()},
		{"the list of policies", fmt.Sprintf("%d in force or past of [%s]", p.policies(), strings.Join(policies, ", "))},
	}
}

// merge makes what all new partitions know: the tables of the old ones one behind the
// other, each name once, and of what they know alike that of the first. Its terms are 0:
// the old ones are offsets of another log's control topic. Its control records lie before
// the log.
func (r *Resort) merge(known []*Partition) error {
	first := known[0]
	m := New(Options{})
	m.rates = ledger.NewRates(strings.Clone(first.rates.Name(ledger.Base)))
	for i, p := range known {
		t := renumbering{Partition: p}
		for k := range p.kinds.Len() {
			n, ok := m.kinds.Index(*p.kinds.At(uint16(k)))
			if !ok {
				return fmt.Errorf("%w: kinds of bookings, at partition %d", ErrFull, i)
			}
			t.kinds = append(t.kinds, n)
		}
		for u := range p.rates.Units() {
			n, ok := m.rates.Unit(p.rates.Name(uint16(u)))
			if !ok {
				return fmt.Errorf("%w: units, at partition %d", ErrFull, i)
			}
			t.units = append(t.units, n)
		}
		r.old = append(r.old, t)
	}
	for i, t := range first.given {
		var c pb.LogRecord
		if err := c.UnmarshalVT(t.value); err != nil {
			return fmt.Errorf("control record of offset %d: %w: %w", t.offset, codec.ErrDamaged, err)
		}
		switch {
		case c.Engine != nil:
			c.Engine.Term, c.Engine.Epoch = 0, r.o.Epoch
		case c.Policy != nil:
			c.Policy.Term = 0
		}
		v, err := c.MarshalVT()
		if err != nil {
			return fmt.Errorf("marshal control record: %w", err)
		}
		m.given = append(m.given, taken{int64(i - len(first.given)), v})
	}
	m.clock, m.offsetUTC, m.firstClose, m.plans = first.clock, first.offsetUTC, first.firstClose, first.plans
	m.clock.Term = 0
	r.known = m
	return nil
}
