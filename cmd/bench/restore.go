package main

import (
	"bytes"
	"flag"
	"fmt"
	"runtime"

	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// restoreBench takes saved customers back into memory, on one core and from memory:
// reading them from a broker is not in it.
type restoreBench struct {
	customers, bookings, rich int
}

const (
	// saveEvery is how many days lie between two savings of all that changed.
	saveEvery = 30
	// restoreDays is how long customers have booked.
	restoreDays = 120
	// budgetRestore is how many customers a second and core are to be taken.
	budgetRestore = 300_000
)

func parseRestore(args []string, s scale) (*restoreBench, error) {
	b := &restoreBench{}
	f := flag.NewFlagSet("bench restore", flag.ContinueOnError)
	f.IntVar(&b.customers, "customers", s.of(200_000), "customers, fifty times fewer rich ones")
	f.IntVar(&b.bookings, "bookings", 5, "of each, over 120 days")
	f.IntVar(&b.rich, "rich", 250, "bookings of a rich one")
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	return b, atLeastOne(f, "customers", "bookings", "rich")
}

func (b *restoreBench) run(t *table) error {
	for _, k := range []struct {
		name                string
		customers, bookings int
	}{{"small customers", b.customers, b.bookings}, {"rich customers", max(1, b.customers/50), b.rich}} {
		bank := &foldBench{customers: k.customers, events: k.customers * k.bookings, days: restoreDays, late: usualLate, shape: uniform, policy: demo.Policy}
		state, err := bank.saved()
		if err != nil {
			return err
		}
		took, err := restored(state)
		if err != nil {
			return err
		}
		size := 0
		for _, r := range state {
			size += len(r.Key) + len(r.Value)
		}
		seconds := took.cpu.Seconds()
		t.add("restore: "+k.name, perSecond(k.customers, seconds), fmt.Sprintf("one core, %d bookings each, %.1f records and %s B a customer, reading the topic apart; %s %s",
			k.bookings, float64(len(state))/float64(k.customers), grouped(int64(size/k.customers)), perSecond(budgetRestore, 1), kept(float64(k.customers) >= budgetRestore*seconds)))
	}
	return nil
}

// saved is what the state topic holds of a bank after compaction: it was saved every
// thirty days and at the end.
func (b *foldBench) saved() ([]fold.Saved, error) {
	j, err := newJournal()
	if err != nil {
		return nil, err
	}
	if err := b.write(func(int) []*journal { return []*journal{j} }); err != nil {
		return nil, err
	}
	all, release, err := j.mapped()
	if err != nil {
		return nil, err
	}
	defer func() { _ = release() }()
	var topic compacted
	p, out, saves := fold.New(fold.Options{Saves: true}), &fold.Outputs{}, &fold.Saves{}
	save := func(next int64) {
		p.Save(p.Unsaved(), saves)
		p.SaveProgress(next, saves)
		topic.put(saves)
	}
	closes, offset := 0, int64(0)
	for ; len(all) > 0; offset++ {
		var value []byte
		value, all = take(all)
		if err := p.Apply(offset, value, out); err != nil {
			return nil, fmt.Errorf("fold: %w", err)
		}
		for p.Draining() {
			p.Drain(chunk, out)
			out.Reset()
		}
		out.Reset()
		if value[0] == tagClose {
			if closes++; closes%saveEvery == 0 {
				save(offset + 1)
			}
		}
	}
	save(offset)
	return topic.records(), nil
}

// compacted is a topic of which only the last record of a key is left, where that stood.
type compacted struct {
	list []fold.Saved
	last map[string]int
}

func (c *compacted) put(saves *fold.Saves) {
	if c.last == nil {
		c.last = map[string]int{}
	}
	for _, r := range saves.List {
		c.last[string(r.Key)] = len(c.list)
		c.list = append(c.list, fold.Saved{Key: bytes.Clone(r.Key), Value: bytes.Clone(r.Value)})
	}
	saves.Reset()
}

// records are those that are left; a key whose last record is empty is gone.
func (c *compacted) records() (left []fold.Saved) {
	for i, r := range c.list {
		if c.last[string(r.Key)] == i && len(r.Value) > 0 {
			left = append(left, r)
		}
	}
	return left
}

// restored takes a partition's state and gives what that took of one core.
func restored(state []fold.Saved) (used, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	before := readUsage()
	l := fold.NewLoading(fold.Options{Saves: true})
	for _, r := range state {
		l.Take(r.Key, r.Value)
	}
	p, _, err := l.Done()
	u := readUsage().since(before)
	runtime.KeepAlive(p)
	if err != nil {
		return used{}, fmt.Errorf("restore: %w", err)
	}
	return u, nil
}
