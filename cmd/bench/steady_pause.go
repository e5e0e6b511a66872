package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// stillness is a stretch in which ClickHouse is held: from a share of the load's
// duration on, for a length; without a length there is none.
type stillness struct {
	at     float64
	length time.Duration
}

// parseStillness reads 0.15:30s; nothing is none.
func parseStillness(text string, duration time.Duration) (s stillness, err error) {
	if text == "" || text == "0" {
		return s, nil
	}
	share, length, ok := strings.Cut(text, ":")
	if s.at, err = strconv.ParseFloat(share, 64); err == nil && ok {
		s.length, err = time.ParseDuration(length)
	}
	switch {
	case err != nil || !ok:
		return s, fmt.Errorf("clickhouse-pause %q: give a share of the duration and a length, as 0.15:30s", text)
	case s.at <= 0 || s.at >= 1 || s.length < time.Second:
		return s, fmt.Errorf("clickhouse-pause %q: the share is between 0 and 1, the length at least 1s", text)
	case s.begins(duration)+s.length >= duration:
		return s, fmt.Errorf("clickhouse-pause %q does not end within %s", text, duration)
	}
	return s, nil
}

// begins is when, from the begin of a load of this duration.
func (s stillness) begins(duration time.Duration) time.Duration {
	return time.Duration(s.at * float64(duration))
}

// lagLooks is how often the warehouse is looked at, a second apart, to know how far
// behind it is when nothing is wrong.
const lagLooks = 5

// holdClickHouse stops ClickHouse as a machine that hangs would, lets it go on, and
// notes when the warehouse has caught up: nothing of that may delay the fold.
func (b *steady) holdClickHouse(ctx context.Context) error {
	r := &b.record
	due := r.began.Add(b.still.begins(b.duration))
	if !until(ctx, due.Add(-lagLooks*time.Second)) {
		return nil
	}
	usual := int64(0)
	for i := range lagLooks {
		if l, err := b.lags(ctx); err == nil {
			usual = max(usual, l.warehouse)
		}
		if !until(ctx, due.Add(time.Duration(i+1-lagLooks)*time.Second)) {
			return nil
		}
	}
	pid := b.engines.clickhouse.PID()
	say("ClickHouse is held for %s", b.still.length)
	b.halted.Store(true)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("hold ClickHouse: %w", err)
	}
	r.still.from = time.Now()
	whole := until(ctx, r.still.from.Add(b.still.length))
	err := syscall.Kill(pid, syscall.SIGCONT)
	r.still.to = time.Now()
	b.halted.Store(false)
	if err != nil {
		return fmt.Errorf("let ClickHouse go on: %w", err)
	}
	if !whole {
		return nil
	}
	say("ClickHouse goes on; the warehouse was %s records behind before", grouped(usual))
	r.catching.from = r.still.to
	b.awaitCaughtUp(ctx, usual)
	r.catching.to = time.Now()
	return nil
}

// awaitCaughtUp returns when the warehouse is no further behind than usual, or with ctx.
func (b *steady) awaitCaughtUp(ctx context.Context, usual int64) {
	for until(ctx, time.Now().Add(time.Second)) {
		if l, err := b.lags(ctx); err == nil && l.warehouse <= usual+usual/4 {
			say("the warehouse has caught up after %s", time.Since(b.record.catching.from).Round(time.Second))
			return
		}
	}
}

// engineEvent hears of ClickHouse: who measures must know that it was started anew.
func (b *steady) engineEvent(e embedded.Event) {
	switch e.Kind {
	case embedded.EventDied, embedded.EventUnresponsive, embedded.EventGaveUp:
		b.mishaps.Lock()
		defer b.mishaps.Unlock()
		b.mishaps.list = append(b.mishaps.list, fmt.Sprintf("ClickHouse %s: %v", e.Kind, e.Err))
	case embedded.EventStarted, embedded.EventRestarted, embedded.EventRestartFailed, embedded.EventDiskFull, embedded.EventStopped:
	}
}
