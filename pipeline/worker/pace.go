package worker

import (
	"sync/atomic"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// pace bounds what drains say between two barriers. A CLOSE has news of every
// customer, and whatever an event says meanwhile is readable no sooner than all that
// is in its transaction: without a bound that was megabytes, and seconds. What is
// behind the next control record waits for the drain, as it must; nothing else waits.
//
// The bound follows what the broker bears: a drain begins small, and as long as
// commits take less than commitAim each may hold twice as much as the one before;
// after one that took twice as long, half. It belongs to all partitions of an
// incarnation.
type pace struct {
	said  atomic.Int64 // by drains since the last barrier, in bytes
	bound atomic.Int64
}

const (
	commitAim    = 100 * time.Millisecond
	leastDrained = 4 << 20       // so that a broker that takes long for anything still gets much of it
	mostDrained  = mostAhead / 2 // the rest is for events
)

func newPace() *pace {
	a := new(pace)
	a.bound.Store(leastDrained)
	return a
}

// may says whether a drain may go on before the next barrier.
func (a *pace) may() bool { return a.said.Load() < a.bound.Load() }

// drained notes what a drain has said.
func (a *pace) drained(outs []fold.Output) { a.said.Add(sizeOf(outs)) }

// barrier begins the next transaction, and tells what drains have said for this one.
func (a *pace) barrier() int64 { return a.said.Swap(0) }

// committed learns from a commit how much the next may hold.
func (a *pace) committed(drained int64, took time.Duration) {
	bound := a.bound.Load()
	switch {
	case drained == 0:
		bound = leastDrained
	case took > 2*commitAim:
		bound = max(leastDrained, bound/2)
	case took < commitAim && drained >= bound:
		bound = min(mostDrained, 2*bound)
	}
	a.bound.Store(bound)
}
