package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
)

// settleWait is how long the roles may take to catch up when the load is over.
const settleWait = 2 * time.Minute

// load sends at the steady rate and meanwhile samples, watches a close and restarts a
// fold, each as asked for. A run that is interrupted keeps what it has.
func (b *steady) load(ctx context.Context) error {
	b.probe = newProbe(b.leaversInAll())
	b.pace = &pace{
		kafka: b.kafka, stream: b.stream(), probe: b.probe, rate: b.rate, every: b.leavers,
		turn: func(ctx context.Context, out *kgo.Client, day int32) { endOfDay(ctx, out, day) },
	}
	r := &b.record
	if err := b.openFrame(ctx); err != nil {
		return err
	}
	listening, deaf := context.WithCancel(context.WithoutCancel(ctx))
	defer deaf()
	heard := make(chan error, 1) // the listener can leave before anyone asks
	go func() { heard <- b.probe.listen(listening, b.kafka, b.alerts(), b.leaversInAll()) }()
	watched := make(chan struct{})
	go func() { defer close(watched); b.watchViews(listening) }()
	say("%s events/s for %s; Ctrl-C ends the load and reports", grouped(int64(b.rate)), b.duration)
	r.began = time.Now()
	group := lifecycle.NewGroup(ctx)
	group.Go("samples", b.sample)
	if b.closeAt > 0 {
		group.Go("close", b.watchClose)
	}
	if b.still.length > 0 {
		group.Go("clickhouse pause", b.holdClickHouse)
	}
	if b.restartAt > 0 {
		group.Go("restart", b.restart)
	}
	err := b.pace.run(group.Context())
	r.ended = time.Now()
	r.interrupted = ctx.Err() != nil
	group.Stop()
	if failed := group.Wait(); failed != nil {
		r.faults = append(r.faults, failed.Error())
	}
	if err != nil {
		r.faults = append(r.faults, err.Error())
	}
	b.settle(ctx)
	deaf()
	<-watched
	if err := <-heard; err != nil && !errors.Is(err, context.Canceled) {
		r.faults = append(r.faults, err.Error())
	}
	return nil
}

// settle waits until all roles have caught up and every alert is there; an
// interrupted run waits a little.
func (b *steady) settle(ctx context.Context) {
	wait := settleWait
	if b.record.interrupted {
		wait = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	say("the load is over; waiting for all roles")
	err := await(ctx, "ingest", func(ctx context.Context) (bool, error) {
		lag, err := b.lags(ctx)
		return err == nil && lag.ingest == 0, ctx.Err()
	})
	if err == nil {
		err = progress.Wait(ctx, b.admin, namespace)
	}
	if err == nil {
		err = await(ctx, "alerts", func(ctx context.Context) (bool, error) {
			sent, readable := b.probe.counts()
			return sent == readable, ctx.Err()
		})
	}
	if err == nil {
		err = await(ctx, "rows in ClickHouse", func(ctx context.Context) (bool, error) { return b.probe.allSeen(), ctx.Err() })
	}
	if err != nil && !b.record.interrupted {
		b.record.faults = append(b.record.faults, "after the load: "+err.Error())
	}
	asking, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	b.record.calmness = b.calmness(asking)
}

// until waits for a moment; false: ctx ended first.
func until(ctx context.Context, t time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Until(t)):
		return true
	}
}

// lookEvery is how often a close and a restart are looked at.
const lookEvery = 250 * time.Millisecond

// watchClose notes from when to when the first day is closed: from its end by the
// bank's clock until every partition has told its last customer.
func (b *steady) watchClose(ctx context.Context) error {
	r := &b.record
	due := r.began.Add(time.Duration(86_400-r.from) * time.Second)
	if !until(ctx, due) {
		return nil
	}
	say("the day ends; closing it")
	r.closing.from = due
	b.probe.dayEnds(due)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if done, n := b.closed(ctx, firstDay); done {
			r.closing.to = time.Now()
			r.customers = n
			say("closed after %s", r.closing.to.Sub(due).Round(100*time.Millisecond))
			return nil
		}
		select {
		case <-ctx.Done():
			r.closing.to = time.Now()
			return nil
		case <-tick.C:
		}
	}
}

// closed says whether all partitions have closed a day and gone through their
// customers, and how many these are.
func (b *steady) closed(ctx context.Context, day int32) (done bool, customers float64) {
	partitions := 0
	for _, name := range []string{stays, restarts} {
		m, err := scrape(ctx, b.http[name])
		if err != nil {
			return false, 0
		}
		for _, last := range m.byPartition("tierwatch_fold_last_close_day") {
			if last >= float64(day) {
				partitions++
			}
		}
		if m.sum("tierwatch_fold_draining") > 0 {
			return false, 0
		}
		customers += m.sum("tierwatch_fold_customers")
	}
	return partitions == b.partitions, customers
}

// calm is for how long after a restart its effect is looked for.
const calm = 10 * time.Second

// restart stops one fold as an operator does, or kills it, starts it again, and notes
// which partitions the other one held all the time.
func (b *steady) restart(ctx context.Context) error {
	r := &b.record
	if !until(ctx, r.began.Add(time.Duration(b.restartAt*float64(b.duration)))) {
		return nil
	}
	m, err := scrape(ctx, b.http[stays])
	if err != nil {
		return err
	}
	lost := m.sum("tierwatch_fold_incarnations_total")
	r.unmoved = m.heldByFold()
	if m, err = scrape(ctx, b.http[restarts]); err != nil {
		return err
	}
	r.gone = m.heldByFold()
	end, word := func() error { return b.crew.Stop(restarts) }, "stops"
	if b.kill {
		end, word = b.crew.Members[restarts].Kill, "is killed"
	}
	say("%s %s with %d partitions; %s holds %d", restarts, word, len(r.gone), stays, len(r.unmoved))
	r.restarting.from = time.Now()
	defer func() { r.restarting.to = time.Now() }()
	if err := end(); err != nil {
		return err
	}
	back := time.Now().Add(b.down)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var settled time.Time
	for started := false; settled.IsZero() || time.Since(settled) < calm; {
		if !started && time.Now().After(back) {
			say("%s starts again", restarts)
			if err := b.crew.Start(restarts); err != nil {
				return err
			}
			started = true
		}
		if started && settled.IsZero() && b.held(ctx, restarts) > 0 {
			settled = time.Now()
		}
		if b.keepUnmoved(ctx) > lost {
			r.lost = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
	say("%s holds partitions again; %d have not moved", restarts, len(r.unmoved))
	return nil
}

// heldByFold are the partitions of a fold's reading.
func (r reading) heldByFold() map[int32]bool {
	held := map[int32]bool{}
	for p := range r.byPartition("tierwatch_fold_committed_offset") {
		held[p] = true
	}
	return held
}

// held is how many partitions a fold has.
func (b *steady) held(ctx context.Context, name string) int {
	m, err := scrape(ctx, b.http[name])
	if err != nil {
		return 0 // it starts
	}
	return len(m.heldByFold())
}

// keepUnmoved strikes out the partitions that the fold that stays does not hold now,
// and tells how many incarnations it has lost.
func (b *steady) keepUnmoved(ctx context.Context) (lost float64) {
	m, err := scrape(ctx, b.http[stays])
	if err != nil {
		return 0 // the next look tells
	}
	now := m.heldByFold()
	maps.DeleteFunc(b.record.unmoved, func(p int32, _ bool) bool { return !now[p] })
	return m.sum("tierwatch_fold_incarnations_total")
}

// dropped is an error of a run whose disk is nearly full.
func dropped(free int64) error {
	return fmt.Errorf("the disk has %s MiB left: the load ends early", grouped(free>>20))
}
