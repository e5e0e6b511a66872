package main

import (
	"fmt"
	"slices"
	"time"
)

// quantiles are those of a number of waits; all are 0 of none.
type quantiles struct {
	n                            int
	p50, p95, p99, p999, slowest time.Duration
}

// quantilesOf sorts waits and picks from them: of n waits the one below or at which
// the share lies, so that each figure is a wait that somebody had.
func quantilesOf(waits []time.Duration) quantiles {
	n := len(waits)
	if n == 0 {
		return quantiles{}
	}
	slices.Sort(waits)
	at := func(perMille int) time.Duration { return waits[(n*perMille+999)/1000-1] }
	return quantiles{n: n, p50: at(500), p95: at(950), p99: at(990), p999: at(999), slowest: waits[n-1]}
}

// String tells the four shares in milliseconds; the slowest is told apart.
func (q quantiles) String() string {
	if q.n == 0 {
		return "-"
	}
	return fmt.Sprintf("%d / %d / %d / %d ms", q.p50.Milliseconds(), q.p95.Milliseconds(), q.p99.Milliseconds(), q.p999.Milliseconds())
}
