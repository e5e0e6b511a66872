package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// stateTopic is where the fold saves its state.
var stateTopic = namespace.Topic(topics.State)

// report puts everything into the table. It fails when a series that is judged is not
// flat, or when the run itself was not as it should be.
func (b *steady) report() error {
	r := &b.record
	b.reportLoad()
	b.reportLatency()
	b.reportVisible()
	b.reportCPU()
	list := b.judging().all(&b.frame)
	for _, v := range list {
		b.table.add(v.family.name+" of "+v.column, fmt.Sprintf("%.4g %s", v.trend.level, v.family.unit),
			fmt.Sprintf("%s; %+.3g in the judged time, spread %.3g", v, v.trend.rise, v.trend.spread))
	}
	flat, unjudged, not := sumUp(list)
	b.table.add("verdict", fmt.Sprintf("%d flat, %d not", flat, len(not)), fmt.Sprintf("%d not judged; flat: rises by no more than its spread, "+
		"a tenth, or the least that counts (16 MB of memory, 128 MB of disk, 10 parts, 10 ms, 0.5 µs, a tenth of a second of records)", unjudged))
	if err := b.ends(); err != nil {
		r.faults = append(r.faults, err.Error())
	}
	b.mishaps.Lock()
	r.faults = append(r.faults, b.mishaps.list...)
	b.mishaps.Unlock()
	if r.overtaken > 0 {
		r.faults = append(r.faults, fmt.Sprintf("the source had deleted %s records before ingest read them", grouped(r.overtaken)))
	}
	if sent, readable := b.probe.counts(); sent != readable && !r.interrupted {
		r.faults = append(r.faults, fmt.Sprintf("%d of %d alerts never came", sent-readable, sent))
	}
	switch {
	case len(r.faults) > 0:
		return errors.New(strings.Join(r.faults, "; "))
	case r.interrupted:
		return errInterrupted
	case b.judged && len(not) > 0:
		return fmt.Errorf("%w: %s", errNotFlat, strings.Join(not, ", "))
	}
	return nil
}

// reportLoad tells what was sent.
func (b *steady) reportLoad() {
	r := &b.record
	took := r.ended.Sub(r.began)
	sent := b.pace.sent.Load()
	note := fmt.Sprintf("%s in %s, %d partitions, %s customers, two folds: %s", grouped(sent), took.Round(time.Second), b.partitions, grouped(int64(b.customers)), b.membership())
	if r.interrupted {
		note += "; interrupted"
	}
	b.table.add(fmt.Sprintf("load, %s events/s asked for", grouped(int64(b.rate))), perSecond(int(sent), took.Seconds()), note)
	b.table.add("what should be 0", "", r.calmness)
}

// reportLatency tells the way to an alert by what went on when the booking was sent.
func (b *steady) reportLatency() {
	for _, at := range b.stretches() {
		q := quantilesOf(b.probe.waits(appended, at.fit))
		b.table.add("append to alert readable, p50 / p95 / p99 / p99.9, "+at.name, q.String(), fmt.Sprintf("%s alerts, slowest %d ms; 40 and 100 ms %s%s",
			grouped(int64(q.n)), q.slowest.Milliseconds(), kept(q.n > 0 && q.p50 <= budgetP50 && q.p99 <= budgetP99), at.note))
	}
	if !b.record.restarting.from.IsZero() {
		b.reportSilence(b.restartWord())
	}
}

// reportCPU tells what an event costs in each process, its first minutes left out.
func (b *steady) reportCPU() {
	r := &b.record
	n := int(r.sentAfter - r.sentBefore)
	if n <= 0 || r.before == nil {
		return
	}
	of := func(name string) float64 { return us(r.after[name]-r.before[name], n) }
	var notes []string
	for _, name := range b.frame.of(cpuSeries).columns {
		notes = append(notes, fmt.Sprintf("%s %.1f", name, of(name)))
	}
	way := of("ingest-1") + of(stays) + of(restarts)
	b.table.add("CPU an event, ingest and folds", fmt.Sprintf("%.1f µs", way), fmt.Sprintf("10 µs %s; %s", kept(way <= budgetCPU), strings.Join(notes, ", ")))
}
