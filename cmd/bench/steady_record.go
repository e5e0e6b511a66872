package main

import (
	"fmt"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// record is when what happened during a run, and what came of it.
type record struct {
	// start is the bank's clock when the load begins; the processes are told that the
	// wall's is at began then.
	start, began time.Time
	// from is the second of the first day at which the load begins, day the last
	// business day before the processes start.
	from int64
	day  int32
	// ended is the end of the load.
	ended time.Time
	// closing is a close of so many customers; restarting is a fold's stop and start,
	// gone the partitions it held, unmoved those that the other held all the time.
	closing, restarting window
	// still is when ClickHouse was held, catching when the warehouse caught up behind it.
	still, catching window
	customers       float64
	gone, unmoved   map[int32]bool
	// lost: the fold that stays ended a session in an error meanwhile, and with it gave
	// its partitions up.
	lost bool
	// CPU by process, and events, of the load behind its warm part.
	before, after         map[string]time.Duration
	sentBefore, sentAfter int64
	overtaken             int64
	calmness              string
	interrupted           bool
	faults                []string
}

// window is a stretch of a run; of one that never was, both times are zero.
type window struct{ from, to time.Time }

// meets says whether something that took from one moment to another, both included,
// had any of it within the window.
func (w window) meets(from, to time.Time) bool {
	return !w.from.IsZero() && from.Before(w.to) && !to.Before(w.from)
}

// allowance is the time between the start of the processes and the load: for the
// openings to be sent, folded and in the warehouse, on a busy machine.
func (o *steadyOptions) allowance() time.Duration {
	return 20*time.Second + time.Duration(o.customers+o.leaversInAll())*time.Second/15_000
}

// set lays down the times: the load begins on the first day, at its midnight or, if a
// close is to be met, so long before the next one.
func (r *record) set(o steadyOptions) {
	if o.closeAt > 0 {
		r.from = 86_400 - int64(o.closeAt*o.duration.Seconds())
	}
	r.start = time.Unix(midnight(firstDay)+r.from, 0)
	r.began = time.Now().Add(o.allowance())
	earlier := int64(o.allowance().Seconds() * o.factor())
	r.day = int32((r.start.Unix()-earlier+zone)/86_400) - 1
}

// clock is the bank's, as `tierwatch run` takes it.
func (r *record) clock(factor float64) string {
	return fmt.Sprintf("%s,%s,%g", r.start.UTC().Format(time.RFC3339Nano), r.began.Format(time.RFC3339Nano), factor)
}

// warm is what of the load is left out of every figure.
func (o *steadyOptions) warm() time.Duration { return max(15*time.Second, o.duration/10) }

// gathers is how long what the fold keeps of a customer grows: bookings leave after the
// 400 days that are kept (what is more than fold.raw_max is merged, but each day and kind
// stays), the movements of his balances, one a day, last.
func (o *steadyOptions) gathers() time.Duration { return fold.MovementDays * o.day }
