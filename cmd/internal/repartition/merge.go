package repartition

import (
	"bytes"
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
)

// target is where a merge goes.
type target interface {
	// customer takes a record of a customer; parked: it is not to be folded.
	customer(ctx context.Context, r *kgo.Record, parked bool) error
	// control takes a control record, for every partition.
	control(ctx context.Context, m *mark) error
}

// merge makes one sequence of the lanes of a log. It goes from control record to
// control record: before one is written, each lane's customer records before its own
// copy of it are. So a customer's records keep their order, and their place among the
// control records.
//
// Lanes differ where a writer of time died before all partitions had what he wrote.
// What decides (mark.barrier) waits then until his successor has written it again, and
// is written once, there: lanes that had it early stand still meanwhile. They wait no
// longer than until all others stand before something else that decides. What tells
// only the time or a rate is written at once.
type merge struct {
	lanes  []*lane
	target target
	// written is how many control records of a term are behind the merge.
	written map[int64]int
}

func (g *merge) run(ctx context.Context) error {
	g.written = map[int64]int{}
	for _, l := range g.lanes {
		if err := g.advance(ctx, l); err != nil {
			return err
		}
	}
	for {
		next := g.next()
		if next == nil {
			return nil
		}
		if err := g.write(ctx, next); err != nil {
			return err
		}
	}
}

func (g *merge) advance(ctx context.Context, l *lane) error {
	l.waits = false
	return l.advance(ctx, g.written, g.target.customer)
}

// next is the control record to be written now, nil at the end.
func (g *merge) next() *mark {
	for {
		least := g.least(false)
		switch {
		case least == nil:
			return g.least(true) // all wait, or are at their end: the first goes on
		case !least.barrier() || g.everywhere(least):
			return least
		}
		for _, l := range g.lanes {
			l.waits = l.waits || l.head != nil && same(l.head, least)
		}
	}
}

// least is the first of the heads, of lanes that wait or of the others.
func (g *merge) least(waits bool) *mark {
	var least *mark
	for _, l := range g.lanes {
		if l.head != nil && l.waits == waits && (least == nil || l.head.before(least)) {
			least = l.head
		}
	}
	return least
}

// everywhere tells whether every lane stands before m or its like.
func (g *merge) everywhere(m *mark) bool {
	for _, l := range g.lanes {
		if l.head == nil || !same(l.head, m) && !l.head.like(m) {
			return false
		}
	}
	return true
}

// same tells whether two lanes hold one and the same record.
func same(a, b *mark) bool {
	return a.term == b.term && a.nth == b.nth && bytes.Equal(a.raw.Value, b.raw.Value)
}

// write writes m, and lets the lanes go on that stand before it.
func (g *merge) write(ctx context.Context, m *mark) error {
	var held []*lane
	out := true
	for _, l := range g.lanes {
		switch {
		case l.head == nil:
		case same(l.head, m), m.barrier() && l.head.like(m):
			held = append(held, l)
			out = out && l.head.parked
		case l.head.term == m.term && l.head.nth == m.nth:
			// A gap: this lane never got m, and all it has of the term counts one further.
			l.head.nth++
			l.count[m.term]++
		}
	}
	if !out {
		if err := g.target.control(ctx, g.last(held)); err != nil {
			return err
		}
	}
	for _, l := range held {
		g.written[l.head.term] = max(g.written[l.head.term], l.head.nth+1)
	}
	for _, l := range held {
		if err := g.advance(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// last is, of the likes that are written as one, that of the latest writer: the one
// that all partitions have.
func (g *merge) last(held []*lane) *mark {
	last := held[0].head
	for _, l := range held[1:] {
		if last.before(l.head) && !l.head.parked {
			last = l.head
		}
	}
	return last
}
