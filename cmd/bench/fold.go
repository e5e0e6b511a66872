package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// foldBench folds a journal on one core and nothing else.
type foldBench struct {
	customers, events, days, idle, late int
	// foreign per cent of the customers hold other currencies too.
	foreign              int
	shape                shape
	policy               []byte
	profile, heapProfile string
}

func parseFold(args []string, s scale) (*foldBench, error) {
	b := &foldBench{policy: demo.Policy}
	f := flag.NewFlagSet("bench fold", flag.ContinueOnError)
	f.IntVar(&b.customers, "customers", s.of(1_000_000), "customers, each with an opening balance")
	f.IntVar(&b.events, "events", s.of(5_000_000), "bookings")
	f.IntVar(&b.days, "days", 120, "business days over which the bookings spread")
	f.IntVar(&b.idle, "idle", 45, "days closed after the last booking")
	f.IntVar(&b.late, "late", usualLate, "bookings of an earlier day, per cent")
	f.IntVar(&b.foreign, "foreign", 0, "customers who hold other currencies too, per cent, with rates each day")
	f.StringVar((*string)(&b.shape), "shape", string(skewed), "skewed or uniform")
	policy := f.String("policy", "", "policy file (default: the demo's)")
	f.StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of the folding to this file")
	f.StringVar(&b.heapProfile, "memprofile", "", "write a heap profile of the folded state to this file")
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	if *policy != "" {
		text, err := os.ReadFile(*policy)
		if err != nil {
			return nil, fmt.Errorf("read policy: %w", err)
		}
		b.policy = text
	}
	if b.shape != skewed && b.shape != uniform {
		return nil, fmt.Errorf("-shape %s: must be skewed or uniform", b.shape)
	}
	return b, errors.Join(atLeastOne(f, "customers", "events", "days"), between(f, 0, 100, "late", "foreign"))
}

// First byte of a log record's value, by its kind.
const (
	tagTransaction = 1<<3 | 2
	tagBalance     = 8<<3 | 2
	tagClose       = (17<<3|2)&0x7f | 0x80
)

// write puts the log of the measurement into journals: a customer's records into his,
// all others, for which customer is -1, into every one.
func (b *foldBench) write(journals func(customer int) []*journal) error {
	add := func(customer int, r *pb.LogRecord) error {
		for _, j := range journals(customer) {
			if err := j.add(r); err != nil {
				return err
			}
		}
		return nil
	}
	g := newStream(b.shape, b.customers, b.events, b.days)
	g.late = b.late
	engine := &pb.Engine{Version: fold.EngineVersion, BaseCurrency: "CNY", TimeZone: "Asia/Shanghai", NavLagDays: 1, Epoch: 1, Clock: "log"}
	for _, r := range []*pb.LogRecord{
		{Engine: engine},
		{Policy: &pb.PolicyActivation{Name: "retail", Version: 1, EffectiveDay: firstDay, Yaml: b.policy}},
		{Tick: &pb.Tick{At: midnight(firstDay), BusinessDay: firstDay, UtcOffset: zone}},
	} {
		if err := add(-1, r); err != nil {
			return err
		}
	}
	if b.foreign > 0 {
		if err := add(-1, &pb.LogRecord{Rates: ratesOf(firstDay - 1)}); err != nil {
			return err
		}
	}
	for c := range b.customers {
		if err := add(c, &pb.LogRecord{Balance: g.opening(c)}); err != nil {
			return err
		}
		if b.holdsOthers(c) {
			if err := add(c, &pb.LogRecord{Balance: g.foreignOpening(c)}); err != nil {
				return err
			}
		}
	}
	today := int32(firstDay)
	for x, day := g.next(); x != nil; x, day = g.next() {
		for ; today < day; today++ {
			if err := b.turn(add, today); err != nil {
				return err
			}
		}
		if err := add(customerNumber(x.CustomerId), &pb.LogRecord{Transaction: x}); err != nil {
			return err
		}
	}
	for ; today < firstDay+int32(b.days+b.idle); today++ {
		if err := b.turn(add, today); err != nil {
			return err
		}
	}
	return nil
}

// turn closes a day, whose rates come before, and begins the next.
func (b *foldBench) turn(add func(customer int, r *pb.LogRecord) error, day int32) error {
	if b.foreign > 0 {
		if err := add(-1, &pb.LogRecord{Rates: ratesOf(day)}); err != nil {
			return err
		}
	}
	if err := add(-1, &pb.LogRecord{Close: &pb.Close{Day: day, Cut: midnight(day + 1)}}); err != nil {
		return err
	}
	return add(-1, &pb.LogRecord{Tick: &pb.Tick{At: midnight(day + 1), BusinessDay: day + 1, UtcOffset: zone}})
}

// folded is what was measured.
type folded struct {
	opening, events, closes, idle time.Duration
	visited, idleVisited          int
	longest, longestBegin         time.Duration
	slowestIdle                   time.Duration // one close of idle customers
	outputs                       int
	gc                            float64
	heapOpen, heapEnd             int64
	stats                         fold.Stats
}

func (b *foldBench) run(t *table) error {
	r, err := b.measure()
	if err != nil {
		return err
	}
	b.report(t, r)
	// Few customers with many bookings: what grows is the ledger.
	hot := &foldBench{customers: 500, events: min(b.events, 500_000), days: 100, late: b.late, shape: skewed, policy: b.policy}
	if r, err = hot.measure(); err != nil {
		return err
	}
	t.add("fold alone: memory per ledger entry", fmt.Sprintf("%.1f B", float64(r.heapEnd-r.heapOpen)/float64(hot.events)),
		fmt.Sprintf("entry, movement and the room of blocks outgrown; %d entries a customer", hot.events/hot.customers))
	return b.measureHolders(t)
}

func (b *foldBench) measure() (*folded, error) {
	j, err := newJournal()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := b.write(func(int) []*journal { return []*journal{j} }); err != nil {
		return nil, err
	}
	all, release, err := j.mapped()
	if err != nil {
		return nil, err
	}
	defer func() { _ = release() }()
	say("journal of %s records, %s MB, written in %.1f s", grouped(int64(j.records)), grouped(j.bytes>>20), time.Since(began).Seconds())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return b.fold(all)
}

// stopwatch adds the process's CPU time to one of several sums at a time: on one
// core it is the wall time of a machine that does nothing else.
type stopwatch struct {
	sum   *time.Duration
	since time.Duration
}

// to lets time count for sum from now on; nil stops.
func (w *stopwatch) to(sum *time.Duration) {
	if w.sum == sum {
		return
	}
	now := cpuTime()
	if w.sum != nil {
		*w.sum += now - w.since
	}
	w.sum, w.since = sum, now
}

// fold folds the journal, timing by kind: nothing else runs meanwhile.
func (b *foldBench) fold(all []byte) (*folded, error) {
	p, out, r := fold.New(fold.Options{Saves: true}), &fold.Outputs{}, &folded{}
	base, before := heap(), usage{}
	var watch stopwatch
	var ahead [][]byte
	stopProfile := func() {}
	for offset, seen := int64(0), 0; len(all) > 0 || len(ahead) > 0; offset++ {
		if len(ahead) == 0 {
			ahead, all = some(ahead, all)
			p.Warm(ahead)
		}
		value := ahead[0]
		ahead = ahead[1:]
		switch value[0] {
		case tagTransaction:
			if seen == 0 {
				watch.to(nil)
				r.heapOpen, before = heap()-base, readUsage()
				var err error
				if stopProfile, err = startProfile(b.profile); err != nil {
					return nil, err
				}
			}
			seen++
			watch.to(&r.events)
		case tagBalance:
			watch.to(&r.opening)
		case tagClose:
			if seen < b.events {
				watch.to(&r.closes)
			} else {
				watch.to(&r.idle)
			}
		}
		var began time.Duration
		if value[0] == tagClose { // asking for the time takes as long as folding
			began = cpuTime()
		}
		if err := p.Apply(offset, value, out); err != nil {
			return nil, fmt.Errorf("fold: %w", err)
		}
		if p.Draining() {
			r.longestBegin = max(r.longestBegin, cpuTime()-began)
			r.drain(p, out, seen == b.events)
		}
		if value[0] == tagClose && seen == b.events {
			r.slowestIdle = max(r.slowestIdle, cpuTime()-began)
		}
		r.outputs += len(out.List)
		out.Reset()
	}
	watch.to(nil)
	stopProfile()
	r.gc = readUsage().gcShare(before)
	r.heapEnd = heap() - base
	r.stats = p.Stats()
	err := b.writeHeap()
	runtime.KeepAlive(p)
	return r, err
}

// some takes what is read ahead together, as the worker does with what it has polled.
func some(ahead [][]byte, all []byte) (values [][]byte, rest []byte) {
	for len(all) > 0 && len(ahead) < fold.WarmMost {
		var value []byte
		value, all = take(all)
		ahead = append(ahead, value)
	}
	return ahead, all
}

// chunk is how many customers a drain visits before it lets other records pass.
const chunk = 256

func (r *folded) drain(p *fold.Partition, out *fold.Outputs, idle bool) {
	for p.Draining() {
		began := cpuTime()
		for range chunk {
			if idle {
				r.idleVisited++
			} else {
				r.visited++
			}
			if p.Drain(1, out) {
				break
			}
		}
		r.longest = max(r.longest, cpuTime()-began)
		r.outputs += len(out.List)
		out.Reset()
	}
}

// startProfile begins a CPU profile into the file, and stop ends it; without a name
// there is none.
func startProfile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("make profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("start profile: %w", err), f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			say("write profile: %v", err)
		}
	}, nil
}

func (b *foldBench) writeHeap() error {
	if b.heapProfile == "" {
		return nil
	}
	f, err := os.Create(b.heapProfile)
	if err != nil {
		return fmt.Errorf("make heap profile: %w", err)
	}
	if err := pprof.WriteHeapProfile(f); err != nil {
		return fmt.Errorf("write heap profile: %w", err)
	}
	return f.Close()
}

func (b *foldBench) report(t *table, r *folded) {
	name := "fold alone, " + string(b.shape)
	t.add(name+": bookings", perSecond(b.events, r.events.Seconds()),
		fmt.Sprintf("one core, %s customers, %d days; %.2f µs each", grouped(int64(b.customers)), b.days, us(r.events, b.events)))
	t.add(name+": openings", perSecond(b.customers, r.opening.Seconds()), fmt.Sprintf("%.2f µs each", us(r.opening, b.customers)))
	t.add(name+": close, touched or due", perSecond(r.visited, r.closes.Seconds()),
		fmt.Sprintf("%s visits in %d closes; longest begin of one %s, longest %d visits %s", grouped(int64(r.visited)), b.days,
			r.longestBegin.Round(10*time.Microsecond), chunk, r.longest.Round(10*time.Microsecond)))
	t.add(name+": close, all idle", perSecond(b.customers*b.idle, r.idle.Seconds()),
		fmt.Sprintf("customers × days; %s visits in %d closes, %.2f µs each; the slowest close %s", grouped(int64(r.idleVisited)), b.idle,
			us(r.idle, r.idleVisited), r.slowestIdle.Round(time.Millisecond)))
	whole := r.events + r.closes
	t.add(name+": bookings and closes", perSecond(b.events, whole.Seconds()), fmt.Sprintf("%.2f µs each; %s outputs", us(whole, b.events), grouped(int64(r.outputs))))
	t.add(name+": GC", percent(r.gc), "of the CPU while folding")
	t.add(name+": memory per customer", grouped(r.heapOpen/int64(b.customers))+" B", "live heap after the openings, one account, two schemes")
	t.add(name+": memory per booking", fmt.Sprintf("%.1f B", float64(r.heapEnd-r.heapOpen)/float64(b.events)),
		fmt.Sprintf("growth of the live heap over all bookings (entry, movement, results, cases); state %s MB", grouped(r.stats.StateBytes>>20)))
}

func us(d time.Duration, n int) float64 { return float64(d.Nanoseconds()) / 1000 / float64(max(n, 1)) }
