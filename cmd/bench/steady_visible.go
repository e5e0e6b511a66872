package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// What people read in ClickHouse is looked for: the leavers' alerts, their bookings as
// a sample of the events, and, after a close, snapshots of some of them.
const (
	alertRows = iota
	eventRows
	snapshotRows
)

// views are what is asked for them. The leavers' names lie together in the order of the
// tables, so that a look reads some thousand rows and no table.
var views = [...]struct {
	name, query string
	budget      time.Duration
}{
	alertRows:    {"alerts", "SELECT customer_id FROM %s.alerts WHERE code = 'LARGE_OUTFLOW' AND customer_id IN (%s)", budgetAlertRow},
	eventRows:    {"events", "SELECT customer_id FROM %s.events WHERE customer_id IN (%s)", budgetRow},
	snapshotRows: {"customer_snapshots", "SELECT customer_id FROM %s.customer_snapshots WHERE day = toDate(" + strconv.Itoa(firstDay) + ") AND customer_id IN (%s)", budgetRow},
}

const (
	// viewEvery is the least time between two looks into a view, viewShare how much more
	// than a look takes: looks must not be what ClickHouse is busy with.
	viewEvery, viewShare = 500 * time.Millisecond, 3
	// viewMost is how many rows are asked for at a time, the oldest first.
	viewMost = 5000
	// snapshotNth leaver's snapshot is looked for.
	snapshotNth = 10
	// viewTimeout bounds a look; who does not answer is asked again.
	viewTimeout = 10 * time.Second
)

// dayEnds begins the search for snapshots.
func (p *probe) dayEnds(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dayEnd = at
}

// wanted says whether a view has a row of the i-th leaver, or will have one.
func (p *probe) wanted(view, i int) bool {
	x := p.of[i]
	if view == snapshotRows {
		return i%snapshotNth == 0 && !x.sent.IsZero() && x.sent.Before(p.dayEnd)
	}
	return !x.sent.IsZero()
}

// unseen are the leavers whose row in a view was not seen yet, at most so many.
func (p *probe) unseen(view, most int) (list []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if view == snapshotRows && p.dayEnd.IsZero() {
		return nil
	}
	for i := p.behind[view]; i < len(p.of) && !p.of[i].sent.IsZero() && len(list) < most; i++ {
		switch {
		case p.of[i].visible[view].IsZero() && p.wanted(view, i):
			list = append(list, i)
		case len(list) == 0:
			p.behind[view] = i + 1
		}
	}
	return list
}

// seen notes that rows were found.
func (p *probe) seen(view int, list []int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range list {
		if i >= 0 && i < len(p.of) && p.of[i].visible[view].IsZero() {
			p.of[i].visible[view] = now
		}
	}
}

// allSeen says that no row is waited for.
func (p *probe) allSeen() bool {
	for view := range views {
		if len(p.unseen(view, 1)) > 0 {
			return false
		}
	}
	return true
}

// watchViews looks into all views until ctx ends.
func (b *steady) watchViews(ctx context.Context) {
	var wg sync.WaitGroup
	for view := range views {
		wg.Go(func() { b.watchView(ctx, view) })
	}
	wg.Wait()
}

// looks are those into one view.
type looks struct {
	took   []time.Duration
	failed int
}

func (b *steady) watchView(ctx context.Context, view int) {
	var conn driver.Conn
	drop := func() {
		if conn != nil {
			_ = conn.Close() // it was only read from
			conn = nil
		}
	}
	defer drop()
	for done := &b.looks[view]; ; {
		pause := viewEvery
		if list := b.probe.unseen(view, viewMost); len(list) > 0 && !b.halted.Load() {
			began := time.Now()
			var err error
			if conn == nil {
				conn, err = b.openViews()
			}
			if err == nil {
				err = b.lookInto(ctx, conn, view, list)
			}
			if err != nil { // asked again
				done.failed++
				drop()
			}
			took := time.Since(began)
			done.took = append(done.took, took)
			pause = max(pause, viewShare*took)
		}
		if !until(ctx, time.Now().Add(min(pause, viewTimeout))) {
			return
		}
	}
}

func (b *steady) openViews() (driver.Conn, error) {
	engine := b.engines.clickhouse
	return clickhouse.Open(clickhouse.ConnOptions{Addrs: []string{engine.Addr()}, Database: engine.Database(), User: engine.User(), Password: engine.Password()})
}

// lookUsed adds up the CPU that looks take of ClickHouse, which tells it of each query:
// what the measuring costs must not be taken for what is measured.
func (b *steady) lookUsed(told []ch.ProfileEvent) {
	for _, e := range told {
		if e.Name == "UserTimeMicroseconds" || e.Name == "SystemTimeMicroseconds" {
			b.lookCPU.Add(e.Value * int64(time.Microsecond))
		}
	}
}

// lookInto asks one view for the rows of some leavers.
func (b *steady) lookInto(ctx context.Context, conn driver.Conn, view int, list []int) (err error) {
	ctx, cancel := context.WithTimeout(ctx, viewTimeout)
	defer cancel()
	ctx = ch.Context(ctx, ch.WithProfileEvents(b.lookUsed))
	rows, err := conn.Query(ctx, fmt.Sprintf(views[view].query, b.engines.clickhouse.Database(), quotedLeavers(list)))
	if err != nil {
		return fmt.Errorf("look into %s: %w", views[view].name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var found []int
	for rows.Next() {
		var customer string
		if err := rows.Scan(&customer); err != nil {
			return fmt.Errorf("look into %s: %w", views[view].name, err)
		}
		found = append(found, leaverNumber(customer))
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look into %s: %w", views[view].name, err)
	}
	b.probe.seen(view, found, time.Now())
	return nil
}

// quotedLeavers lists names for SQL; they hold nothing that would have to be escaped.
func quotedLeavers(list []int) string {
	names := make([]string, len(list))
	for k, i := range list {
		names[k] = "'" + leaver(i) + "'"
	}
	return strings.Join(names, ",")
}

// reportVisible tells the way from the append to the bank's topic to a row that can be
// read, by what it met.
func (b *steady) reportVisible() {
	line := func(what string, q quantiles, note string) {
		b.table.add(what, q.String(), fmt.Sprintf("%s rows, slowest %d ms%s", grouped(int64(q.n)), q.slowest.Milliseconds(), note))
	}
	verdict := func(view int, q quantiles) string {
		return fmt.Sprintf("; %s at p99 %s", views[view].budget, kept(q.n > 0 && q.p99 <= views[view].budget))
	}
	for _, view := range []int{alertRows, eventRows} {
		for _, at := range b.stretches() {
			q, note := quantilesOf(b.probe.waits(func(x passage) way { return way{x.sent, x.visible[view], x.partition} }, at.fit)), ""
			if !at.away {
				note = verdict(view, q)
			}
			if view == alertRows {
				behind := b.probe.waits(func(x passage) way { return way{x.readable, x.visible[view], x.partition} }, at.fit)
				note += "; from readable on " + quantilesOf(behind).String()
			}
			line(fmt.Sprintf("append to row in view %s, p50 / p95 / p99 / p99.9, %s", views[view].name, at.name), q, note)
		}
	}
	if end := b.record.closing.from; !end.IsZero() {
		q := quantilesOf(b.probe.waits(func(x passage) way { return way{from: end, to: x.visible[snapshotRows]} }, always))
		line("end of the day to row in view customer_snapshots, p50 / p95 / p99 / p99.9", q, verdict(snapshotRows, q)+"; a sample of those who left before")
	}
	for view, l := range b.looks {
		if q := quantilesOf(l.took); q.n > 0 {
			b.table.add("looks into view "+views[view].name, grouped(int64(q.n)), fmt.Sprintf("one took %s (p50), %s (p99), between two at least %s and %d times as long: so exact is what is said of rows; %d without an answer",
				q.p50.Round(time.Millisecond), q.p99.Round(time.Millisecond), viewEvery, viewShare, l.failed))
		}
	}
	if b.record.interrupted {
		return
	}
	for view := range views {
		if n := len(b.probe.unseen(view, len(b.probe.of))); n > 0 {
			b.record.faults = append(b.record.faults, fmt.Sprintf("%d rows were never seen in view %s", n, views[view].name))
		}
	}
}
