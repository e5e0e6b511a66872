package worker

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// handAt is how many outputs collect before they are handed over in the midst
// of a slice of records.
const handAt = 4096

// work folds some of the records that wait. It returns false when the partition is
// to end.
func (p *partition) work(ctx context.Context) bool {
	began := time.Now()
	n, err := p.applySome(p.rest)
	if err != nil {
		p.rest = nil
		return p.failed(ctx, err)
	}
	p.rest = p.rest[n:]
	p.w.o.Metrics.batch.Observe(time.Since(began).Seconds())
	return p.handOutputs(ctx)
}

// poison is a record that the fold cannot take, or a drain that it cannot make.
type poison struct {
	err   error
	drain bool // no record is at fault
}

func (e *poison) Error() string { return e.err.Error() }
func (e *poison) Unwrap() error { return e.err }

// guard turns a panic of the fold into a poison error and takes back what a
// failed step had said. A record may let a customer be visited before his turn: if that
// breaks, the drain is at fault, not the record.
func (p *partition) guard(out *fold.Outputs, mark *int, err *error) {
	if r := recover(); r != nil {
		*err = &poison{fmt.Errorf("panic: %v\n%s", r, debug.Stack()), p.visiting || p.fold.Visiting()}
	}
	p.visiting = false
	if *err != nil {
		out.List = out.List[:*mark]
	}
}

// applySome folds records until handAt outputs wait or a barrier comes, and says
// how many. After an error, p.next and p.cursor say where the fold stood before the record.
func (p *partition) applySome(records []*kgo.Record) (n int, err error) {
	out := p.outputs()
	mark, warm := len(out.List), 0
	defer p.guard(out, &mark, &err)
	for n < len(records) {
		r := records[n]
		if r.Offset != p.next {
			return n, fmt.Errorf("the log gave offset %d where %d was due", r.Offset, p.next)
		}
		if n >= warm {
			warm = n + p.warm(records[n:])
		}
		p.noteCursor()
		mark = len(out.List)
		if p.cursor.Draining && p.mustWait(r.Value) {
			if !p.mayDrain() {
				break
			}
			// The fold would finish the drain in one go; in chunks the outputs
			// flow while it lasts.
			p.visit(out)
		} else {
			if err := p.applyOne(r, out); err != nil {
				return n, &poison{err: err}
			}
			p.next++
			p.newest = r.Timestamp
			n++
		}
		if len(out.List) >= handAt || p.yield.Load() {
			break
		}
	}
	return n, nil
}

// warm lets the fold read ahead what the next records need, and says how many
// those are.
func (p *partition) warm(records []*kgo.Record) int {
	var values [fold.WarmMost][]byte
	n := min(len(records), len(values))
	for i, r := range records[:n] {
		values[i] = r.Value
	}
	p.fold.Warm(values[:n])
	return n
}

// The first byte of a log record is the tag of its one field: control records
// have fields from 16 on, so two bytes of tag, the first with the high bit set.
const (
	controlBit = 0x80
	tickTag    = 16<<3&0x7f | controlBit | 2
)

// mustWait says whether the drain in progress must be over before the record: it must
// for all control records but TICK, and where the fold says so for TICK too, or for all.
func (p *partition) mustWait(value []byte) bool {
	if p.fold.HoldsAll() {
		return true
	}
	return len(value) > 0 && value[0]&controlBit != 0 && (value[0] != tickTag || p.fold.HoldsTicks())
}

// noteCursor keeps the place in the drain for the case that the next step
// breaks the fold.
func (p *partition) noteCursor() {
	if p.fold.Draining() {
		p.cursor = p.fold.Cursor()
	} else if p.cursor.Draining {
		p.cursor = fold.Cursor{}
	}
}

func (p *partition) applyOne(r *kgo.Record, out *fold.Outputs) error {
	if p.skips[r.Offset] {
		return p.park(r, out)
	}
	return p.fold.Apply(r.Offset, r.Value, out)
}

// park says that an operator has taken the record out of the fold.
func (p *partition) park(r *kgo.Record, out *fold.Outputs) error {
	o, err := Parked(p.id, r.Offset, string(r.Key))
	if err == nil {
		out.List = append(out.List, o)
	}
	return err
}

// Parked is what the worker says of a record that an operator has taken out of
// the fold: an audit expects the same.
func Parked(partition int32, offset int64, customer string) (fold.Output, error) {
	v := pb.Verdict{
		CustomerId: customer,
		Kind:       pb.VerdictKind_VERDICT_PARKED,
		Cause:      "skip",
		Log:        &pb.Position{Partition: partition, Offset: offset},
	}
	value, err := v.MarshalVT()
	if err != nil {
		return fold.Output{}, fmt.Errorf("marshal verdict: %w", err)
	}
	return fold.Output{Kind: fold.KindVerdict, Customer: customer, Value: value, Offset: offset}, nil
}

// drain visits one chunk of customers.
func (p *partition) drain() error { return p.guarded(p.visit) }

// guarded makes a step of a drain. Its failure is the fault of the control record in
// drain.
func (p *partition) guarded(step func(out *fold.Outputs)) (err error) {
	out := p.outputs()
	mark := len(out.List)
	defer p.guard(out, &mark, &err)
	p.noteCursor()
	p.visiting = true
	step(out)
	p.visiting = false
	return nil
}

// visit closes the day for a chunk of customers. What a replay says of them is muted,
// and no part of the pace.
func (p *partition) visit(out *fold.Outputs) {
	had := len(out.List)
	p.visiting = true
	p.fold.Drain(p.w.o.DrainChunk, out)
	p.visiting = false
	if !p.paused {
		p.pace.drained(out.List[had:])
	}
}

// mayDrain says whether a drain may go on before the next barrier. In a replay there
// is none, and nothing to wait for.
func (p *partition) mayDrain() bool { return p.paused || p.pace.may() }

// failed tells the loop: a poison record stops this partition, anything else
// ends the incarnation.
func (p *partition) failed(ctx context.Context, err error) bool {
	if p.halt(err) {
		return p.hand(ctx, handover{stopped: true, outs: p.takeOutputs()})
	}
	return p.hand(ctx, handover{err: fmt.Errorf("partition %d: %w", p.id, err)})
}
