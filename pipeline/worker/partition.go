package worker

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// task is what the loop gives a partition: records in log order, a barrier, or
// neither: begin, or the commit after a barrier is done.
type task struct {
	records []*kgo.Record
	end     int64 // end of the log as of the poll
	barrier bool
	last    bool // the worker stops: save what a successor would have to fold again
}

// handover is what a partition gives the loop.
type handover struct {
	p       *partition
	outs    *fold.Outputs
	saves   *fold.Saves // of an answer to a barrier: belongs into its transaction
	ready   bool        // replayed to pos, may be fetched
	stopped bool        // met a poison record, fetch no more
	pos     position
	ack     *ack
	err     error
}

// ack answers a barrier.
type ack struct {
	pos     position
	stopped bool
	more    bool // records wait that were polled and are not folded yet
	unsaved int  // customers that wait to be saved
	clock   fold.Clock
	end     int64     // of the log, as last polled
	newest  time.Time // append time of the last record folded
	// replayFrom is where a restore would fold from; -1 where nothing is saved.
	replayFrom int64
}

// left says that the partition has work that needs no poll.
func (a *ack) left() bool { return !a.stopped && (a.more || a.pos.cursor.Draining || a.unsaved > 0) }

// lines join a partition to the loop.
type lines struct {
	to    chan<- handover
	room  chan<- struct{} // told, if nobody has yet, that records were taken
	ahead *atomic.Int64   // how much all partitions have said ahead of the commit under way
	pace  *pace           // how much their drains may say
}

// partition is one partition and its goroutine, the only one to touch fold.
type partition struct {
	w    *Worker
	id   int32
	txn  string // our transactional id
	fold Fold

	in    chan task          // records; capacity 1: one slice waits while one is folded
	calls chan task          // barriers and what wakes; capacity 1, they pass by the records
	free  chan *fold.Outputs // recycled memory, capacity 4; more is garbage
	spare chan *fold.Saves   // likewise; one is in use at a time
	lines
	cancel context.CancelFunc
	done   chan struct{}

	// yield is set by the loop when a barrier comes, so that it is answered after the
	// record or the chunk under way, and taken back by the answer; and by stop.
	yield atomic.Bool

	// Owned by the loop of the session.
	live      bool
	member    string // of the group: whom it was assigned to
	committed position
	owes      bool // the commit saw work in progress: its end is to be committed
	answered  bool // a barrier, and the commit is not over: see session.ahead

	// Owned by the goroutine.
	next    int64
	end     int64
	newest  time.Time
	rest    []*kgo.Record // handed over, not folded yet
	out     *fold.Outputs
	paused  bool        // nothing may be said: not woken yet, or about to end
	early   bool        // a barrier is answered, and its commit not known to be over
	stopped bool        // before the poison record at next, or before its state
	cursor  fold.Cursor // of a stopped partition: the fold may be broken
	// visiting says that a step of a drain is being made: what breaks is that.
	visiting bool
	skips    map[int64]bool // parked records
	turn     bool           // to restore: see takeTurn
	claimed  bool           // said to be ours
	census   time.Time      // last count for metrics
	trickle  trickle
}

func newPartition(w *Worker, id int32, txn string, to lines) *partition {
	p := &partition{
		w: w, id: id, txn: txn, lines: to,
		in: make(chan task, 1), calls: make(chan task, 1), paused: true,
		free: make(chan *fold.Outputs, 4), spare: make(chan *fold.Saves, 1),
		done:    make(chan struct{}),
		trickle: trickle{turn: id, age: w.o.StateAge, bytes: w.o.StateBytes, replay: int64(w.o.ReplayMost)},
	}
	p.forget()
	return p
}

// forget makes the partition as one of which nothing has been folded.
func (p *partition) forget() {
	p.next, p.cursor, p.newest = 0, fold.Cursor{}, time.Time{}
	if p.out != nil {
		p.out.Reset() // muted by a replay that failed
	}
	if p.fold = nil; p.w.o.Restore == nil {
		p.fold = p.w.o.NewFold(p.id)
	}
}

func (p *partition) start() {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	p.w.o.Metrics.waiting.WithLabelValues(label(p.id)).Set(1)
	p.w.urgent.set(p.id, true)
	go p.run(ctx)
}

// stop ends the goroutine and waits for it. What it has not handed over is
// forgotten: it was not committed either.
func (p *partition) stop() {
	p.yield.Store(true) // whatever it folds, or folds again, it ends behind the step under way
	p.cancel()
	<-p.done
	p.w.o.Metrics.forget(p.id)
}

func (p *partition) run(ctx context.Context) {
	defer close(p.done)
	pos, err := p.recovered(ctx)
	p.w.urgent.set(p.id, false)
	if err != nil {
		if p.halt(err) { // it stays at its committed position
			<-ctx.Done()
			return
		}
		p.hand(ctx, handover{err: err})
		return
	}
	if !p.hand(ctx, handover{ready: true, pos: pos}) {
		return
	}
	for p.step(ctx) {
	}
}

// step folds some of the records it has; without any it does one task, or one
// chunk of a drain when there is none.
func (p *partition) step(ctx context.Context) bool {
	switch {
	case !p.mayFold() || p.mustPause(): // records wait outside: their number is bounded there
		select {
		case t := <-p.calls:
			return p.do(ctx, t)
		case <-ctx.Done():
			return false
		}
	case p.stopped:
	case len(p.rest) > 0:
		return ctx.Err() == nil && p.work(ctx)
	case p.fold.Draining() && p.mayDrain():
		select {
		case t := <-p.in:
			return p.do(ctx, t)
		case t := <-p.calls:
			return p.do(ctx, t)
		case <-ctx.Done():
			return false
		default:
			if err := p.drain(); err != nil {
				return p.failed(ctx, err)
			}
			return p.handOutputs(ctx)
		}
	}
	select {
	case t := <-p.in:
		return p.do(ctx, t)
	case t := <-p.calls:
		return p.do(ctx, t)
	case <-ctx.Done():
		return false
	}
}

// mayFold says whether folding goes on: not when the loop calls, and not when too much
// waits for the end of a commit.
func (p *partition) mayFold() bool {
	return !p.paused && !p.yield.Load() && (!p.early || p.ahead.Load() < mostAhead)
}

// mustPause says whether the next record waits for a drain that may not go on before
// the next barrier.
func (p *partition) mustPause() bool {
	return !p.stopped && len(p.rest) > 0 && p.fold.Draining() && !p.mayDrain() && p.mustWait(p.rest[0].Value)
}

func (p *partition) do(ctx context.Context, t task) bool {
	switch {
	case t.barrier:
		return p.acknowledge(ctx, t.last)
	case t.records == nil:
		p.paused, p.early = false, false
	case !p.stopped:
		p.end = t.end
		p.rest = t.records
	}
	if t.records != nil {
		select {
		case p.room <- struct{}{}:
		default:
		}
	}
	return true
}

// acknowledge answers a barrier: where the partition stands, all that it has said up
// to there, and state as of there. What it says from now on belongs into the next
// transaction; after the last barrier it says nothing.
func (p *partition) acknowledge(ctx context.Context, last bool) bool {
	p.yield.Store(false)
	a := ack{
		pos: position{next: p.next, cursor: p.cursor}, stopped: p.stopped, more: len(p.rest)+len(p.in) > 0,
		end: p.end, newest: p.newest, replayFrom: -1,
	}
	if !p.stopped {
		a.pos.cursor, a.clock = p.fold.Cursor(), p.fold.Clock()
		if !a.pos.cursor.Draining {
			a.pos.cursor = fold.Cursor{}
		}
		p.count()
	}
	p.paused, p.early = last, true
	h := handover{ack: &a, outs: p.takeOutputs()}
	if !p.stopped {
		h.saves = p.save(&a, last)
	}
	return p.hand(ctx, h)
}

// hand gives h to the loop, which listens whenever it waits. It returns false
// when the partition is to end.
func (p *partition) hand(ctx context.Context, h handover) bool {
	h.p = p
	select {
	case p.to <- h:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *partition) handOutputs(ctx context.Context) bool {
	outs := p.takeOutputs()
	return outs == nil || p.hand(ctx, handover{outs: outs})
}

// takeOutputs gives away what has collected, nil if nothing.
func (p *partition) takeOutputs() *fold.Outputs {
	if p.out == nil || len(p.out.List) == 0 {
		return nil
	}
	outs := p.out
	p.out = nil
	return outs
}

// outputs is where the fold appends.
func (p *partition) outputs() *fold.Outputs {
	if p.out == nil {
		select {
		case p.out = <-p.free:
		default:
			p.out = new(fold.Outputs)
		}
	}
	return p.out
}

// recycle gives the memory of committed outputs back. The loop calls it.
func (p *partition) recycle(outs *fold.Outputs) {
	outs.Reset()
	select {
	case p.free <- outs:
	default:
	}
}
