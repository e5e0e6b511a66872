package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// scaleBench folds bookings with few and with many customers, and in one and in many
// partitions, always on one core: what grows is the memory that a booking waits for.
type scaleBench struct {
	most, events, days, rounds int
	csv                        string
}

func parseScale(args []string, s scale) (*scaleBench, error) {
	b := &scaleBench{}
	f := flag.NewFlagSet("bench scale", flag.ContinueOnError)
	f.IntVar(&b.most, "customers", s.of(5_000_000), "the largest number of customers")
	f.IntVar(&b.events, "events", s.of(1_000_000), "bookings of each run")
	f.IntVar(&b.days, "days", 10, "business days over which the bookings spread")
	f.IntVar(&b.rounds, "rounds", 3, "runs of each size, in turn; the fastest counts")
	f.StringVar(&b.csv, "csv", "", "write customers.csv and partitions.csv into this directory")
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	return b, atLeastOne(f, "customers", "events", "days", "rounds")
}

// size is what is measured, and the best time of a booking so far.
type size struct {
	shape                 shape
	customers, partitions int
	each                  time.Duration
}

func (b *scaleBench) run(t *table) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var byCustomers, byPartitions []*size
	for _, shape := range []shape{uniform, skewed} {
		for n := 10_000; n < b.most; n *= 10 {
			byCustomers = append(byCustomers, &size{shape, n, 1, math.MaxInt64})
		}
		byCustomers = append(byCustomers, &size{shape, b.most, 1, math.MaxInt64})
		for _, n := range []int{1, 2, 4, 8, 12} {
			byPartitions = append(byPartitions, &size{shape, min(1_000_000, b.most), n, math.MaxInt64})
		}
	}
	for range b.rounds {
		for _, s := range slices.Concat(byCustomers, byPartitions) {
			each, err := b.measure(s)
			if err != nil {
				return err
			}
			say("%s, %s customers, %d partitions: %.2f µs a booking", s.shape, grouped(int64(s.customers)), s.partitions, us(each, 1))
			s.each = min(s.each, each)
		}
	}
	report(t, byCustomers, func(s *size) string { return grouped(int64(s.customers)) + " customers" })
	report(t, byPartitions, func(s *size) string { return fmt.Sprint(s.partitions, " partitions") })
	return b.write(byCustomers, byPartitions)
}

// report adds a line for each size, with its ratio to the first of its shape.
func report(t *table, sizes []*size, name func(*size) string) {
	var first *size
	for _, s := range sizes {
		if first == nil || first.shape != s.shape {
			first = s
		}
		t.add(fmt.Sprintf("fold by size, %s: %s", s.shape, name(s)), fmt.Sprintf("%.2f µs", us(s.each, 1)),
			fmt.Sprintf("a booking, one core; %.2f × the first", float64(s.each)/float64(first.each)))
	}
}

// write puts the figures into files that deploy/plots draws.
func (b *scaleBench) write(byCustomers, byPartitions []*size) error {
	if b.csv == "" {
		return nil
	}
	for name, f := range map[string]struct {
		sizes []*size
		x     func(*size) int
	}{
		"customers":  {byCustomers, func(s *size) int { return s.customers }},
		"partitions": {byPartitions, func(s *size) int { return s.partitions }},
	} {
		var text strings.Builder
		fmt.Fprintf(&text, "%s,%s,%s\n", name, uniform, skewed)
		half := len(f.sizes) / 2
		for i, s := range f.sizes[:half] {
			fmt.Fprintf(&text, "%d,%.3f,%.3f\n", f.x(s), us(s.each, 1), us(f.sizes[half+i].each, 1))
		}
		if err := os.WriteFile(b.csv+"/"+name+".csv", []byte(text.String()), 0o644); err != nil {
			return fmt.Errorf("write figures: %w", err)
		}
	}
	return nil
}

// lane is one partition of the bank with its log.
type lane struct {
	log    *journal
	part   *fold.Partition
	rest   []byte
	offset int64
}

// measure folds the bank in partitions that take turns, as polls hand them out, and
// gives the time of a booking; openings and closes are not in it.
func (b *scaleBench) measure(s *size) (each time.Duration, err error) {
	lanes := make([]*lane, s.partitions)
	for i := range lanes {
		log, err := newJournal()
		if err != nil {
			return 0, err
		}
		lanes[i] = &lane{log: log, part: fold.New(fold.Options{Partition: int32(i), Saves: true})}
	}
	bank := &foldBench{customers: s.customers, events: b.events, days: b.days, late: usualLate, shape: s.shape, policy: demo.Policy}
	if err := bank.write(func(customer int) []*journal {
		if customer >= 0 {
			return []*journal{lanes[customer%len(lanes)].log}
		}
		all := make([]*journal, len(lanes))
		for i := range lanes {
			all[i] = lanes[i].log
		}
		return all
	}); err != nil {
		return 0, err
	}
	for _, l := range lanes {
		all, release, err := l.log.mapped()
		if err != nil {
			return 0, err
		}
		defer func() { _ = release() }()
		l.rest = all
	}
	runtime.GC()
	var spent time.Duration
	for more := true; more; {
		more = false
		for _, l := range lanes {
			took, err := l.slice()
			if err != nil {
				return 0, err
			}
			spent += took
			more = more || len(l.rest) > 0
		}
	}
	runtime.KeepAlive(lanes)
	return spent / time.Duration(b.events), nil
}

// polled is how many records of a partition are folded in turn.
const polled = 4096

// slice folds what one poll gave the lane, up to the next record that is no booking,
// and gives the CPU time of the bookings.
func (l *lane) slice() (time.Duration, error) {
	var out fold.Outputs
	var ahead [][]byte
	bookings := func(v []byte) bool { return v[0] == tagTransaction }
	began, n := cpuTime(), 0
	for ; n < polled && len(l.rest) > 0; n++ {
		if v, _ := take(l.rest); !bookings(v) {
			break
		}
		if len(ahead) == 0 {
			for rest := l.rest; len(rest) > 0 && len(ahead) < fold.WarmMost; {
				var v []byte
				if v, rest = take(rest); !bookings(v) {
					break
				}
				ahead = append(ahead, v)
			}
			l.part.Warm(ahead)
		}
		ahead = ahead[1:]
		if err := l.one(&out); err != nil {
			return 0, err
		}
	}
	took := cpuTime() - began
	if n == 0 && len(l.rest) > 0 {
		took = 0
		if err := l.one(&out); err != nil {
			return 0, err
		}
		for !l.part.Drain(chunk, &out) {
			out.Reset()
		}
	}
	return took, nil
}

// one folds the next record.
func (l *lane) one(out *fold.Outputs) error {
	v, rest := take(l.rest)
	l.rest = rest
	err := l.part.Apply(l.offset, v, out)
	l.offset++
	out.Reset()
	if err != nil {
		return fmt.Errorf("fold: %w", err)
	}
	return nil
}
