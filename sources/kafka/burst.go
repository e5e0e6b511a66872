package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Burst is customer records that one goroutine appends and then waits for as a
// whole. It is what ingest writes with: records and their bytes lie in slabs that
// the next burst uses again, so that a record costs no allocation, no lock and no
// closure of its own.
type Burst struct {
	w       *LogWriter
	at      time.Time
	written int64
	space   arena
	records slab
	// open is unended until End, then what is not yet acknowledged.
	open     atomic.Int64
	settled  chan struct{} // capacity 1: filled once, by who brings open to 0
	promised func(*kgo.Record, error)
}

// unended keeps open above 0 while the burst is being written.
const unended = 1 << 40

var bursts = sync.Pool{New: func() any {
	b := &Burst{settled: make(chan struct{}, 1)}
	b.promised = b.acknowledged
	return b
}}

// Burst begins one; End and Wait must follow.
func (w *LogWriter) Burst() *Burst {
	b := bursts.Get().(*Burst) //nolint:forcetypeassert // the pool holds nothing else
	b.w, b.at, b.written = w, time.Now(), 0
	b.open.Store(unended)
	return b
}

// Write appends a customer record under its customer's id. It fails, and nothing
// else is affected, for a record that is too large (ErrTooLarge), and when the
// writer has failed. The record may be reused after the call.
func (b *Burst) Write(ctx context.Context, customer string, r *pb.LogRecord) error {
	if customer == "" {
		return errNoCustomer
	}
	n := r.BoundVT()
	if checkSize(customer, n) != nil {
		n = r.SizeVT()
		if err := checkSize(customer, n); err != nil {
			return err
		}
	}
	select {
	case <-b.w.failed:
		return b.w.Err()
	default:
	}
	room := b.space.room(len(customer) + n)
	n, err := r.MarshalToSizedBufferVT(room) // at the end of the room
	if err != nil {
		return fmt.Errorf("marshal log record: %w", err)
	}
	value := room[len(room)-n:]
	key := room[len(room)-n-len(customer) : len(room)-n : len(room)-n]
	copy(key, customer)
	b.space.use(n + len(customer))
	record := b.records.take()
	*record = kgo.Record{Topic: b.w.topic, Key: key, Value: value, Timestamp: b.at, Context: ctx}
	b.written++
	b.w.client.Produce(ctx, record, b.promised)
	return nil
}

// End says that no more is written.
func (b *Burst) End() { b.settle(unended - b.written) }

// Wait returns when every record is durable, or with the writer's failure. The
// burst must not be used after it.
func (b *Burst) Wait() error {
	<-b.settled
	if err := b.w.Err(); err != nil {
		return err // what failed may still hold its bytes: they are not used again
	}
	b.w = nil
	b.space.reset()
	b.records.reset()
	bursts.Put(b)
	return nil
}

func (b *Burst) acknowledged(_ *kgo.Record, err error) {
	if err != nil {
		b.w.fail(err)
	}
	b.settle(1)
}

func (b *Burst) settle(n int64) {
	if b.open.Add(-n) == 0 {
		b.settled <- struct{}{}
	}
}

var errNoCustomer = errors.New("write to the log: record without a customer")

func checkSize(customer string, n int) error {
	if n+len(customer)+recordOverhead > topics.MaxRecordBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, n, topics.MaxRecordBytes-recordOverhead)
	}
	return nil
}

const (
	arenaBytes  = 256 << 10
	slabRecords = 512
)

// arena gives space out of blocks that it keeps, each from its end to its start.
type arena struct {
	blocks [][]byte
	at     int // the block in use
	free   int // bytes of it
}

// room is at least n bytes, of which use takes from the end.
func (a *arena) room(n int) []byte {
	for ; a.at < len(a.blocks); a.at++ {
		if a.free == 0 {
			a.free = len(a.blocks[a.at])
		}
		if a.free >= n {
			return a.blocks[a.at][:a.free:a.free]
		}
		a.free = 0
	}
	a.blocks = append(a.blocks, make([]byte, max(n, arenaBytes)))
	a.free = len(a.blocks[a.at])
	return a.blocks[a.at]
}

func (a *arena) use(n int) {
	if a.free -= n; a.free == 0 {
		a.at++
	}
}

// reset takes everything back; blocks for a giant are let go.
func (a *arena) reset() {
	a.blocks = slices.DeleteFunc(a.blocks, func(block []byte) bool { return len(block) > arenaBytes })
	a.at, a.free = 0, 0
}

// slab gives out records, whose addresses stay.
type slab struct {
	blocks []*[slabRecords]kgo.Record
	taken  int
}

func (s *slab) take() *kgo.Record {
	block, at := s.taken/slabRecords, s.taken%slabRecords
	if block == len(s.blocks) {
		s.blocks = append(s.blocks, new([slabRecords]kgo.Record))
	}
	s.taken++
	return &s.blocks[block][at]
}

func (s *slab) reset() { s.taken = 0 }
