package clickhouse

import (
	"context"
	"strings"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// step is a point between two steps of a record's way through the sink, at which a
// test ends one side or the other.
type step string

const (
	stepPolled    step = "polled"            // handed to the sink, nothing decoded
	stepDecoded   step = "decoded"           // a batch is full, no insert has begun
	stepPrepared  step = "insert begun"      // ClickHouse waits for the rows of a table
	stepStored    step = "insert stored"     // a table's rows are in, the sink does not know
	stepHalf      step = "some tables"       // five tables are acknowledged, the others are not
	stepInserted  step = "all tables"        // the last table's answer is on its way
	stepCommit    step = "commit sent"       // the broker has the offsets, but has not stored them
	stepCommitted step = "offsets committed" // stored, the sink does not know
)

// steps lists those of one sink, in their order.
var steps = []step{stepPolled, stepDecoded, stepPrepared, stepStored, stepHalf, stepInserted, stepCommit, stepCommitted}

// stepper calls reached once, when the sink has come to a step.
type stepper struct {
	at      step
	once    sync.Once
	reached func()

	mu            sync.Mutex
	running, done int
	ended         *sync.Cond // one of the running inserts has
}

func newStepper(at step, reached func()) *stepper {
	s := &stepper{at: at, reached: reached}
	s.ended = sync.NewCond(&s.mu)
	return s
}

func (s *stepper) here(at step) {
	if s.at == at {
		s.once.Do(s.reached)
	}
}

// OnFetchRecordUnbuffered sees a record that goes to the sink.
func (s *stepper) OnFetchRecordUnbuffered(_ *kgo.Record, polled bool) {
	if polled {
		s.here(stepPolled)
	}
}

// OnBrokerE2E sees a request after its answer was read, before the sink hears of it.
func (s *stepper) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	if key == int16(kmsg.OffsetCommit) && e.Err() == nil {
		s.here(stepCommitted)
	}
}

// steppedInserter tells the stepper of inserts.
type steppedInserter struct {
	inserter
	*stepper
}

func (i *steppedInserter) insert(ctx context.Context, in *insertion) error {
	i.count(+1)
	defer i.count(-1)
	i.here(stepDecoded)
	i.mu.Lock()
	half := i.done >= 5
	i.mu.Unlock()
	if half { // whatever runs beside: no other table begins
		i.here(stepHalf)
	}
	out := *in
	out.send = func(b driver.Batch) error {
		i.here(stepPrepared)
		return in.send(b)
	}
	if err := i.inserter.insert(ctx, &out); err != nil {
		return err
	}
	i.here(stepStored)
	i.mu.Lock()
	i.done++
	half = i.done >= 5
	last := i.at == stepInserted && strings.Contains(in.statement, "`events_raw`")
	for last && i.running > 1 { // it was the last of the batch to begin: let it be the last to end
		i.ended.Wait()
	}
	i.mu.Unlock()
	if half {
		i.here(stepHalf)
	}
	if last {
		i.here(stepInserted)
	}
	return nil
}

func (s *stepper) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running += n
	s.ended.Broadcast()
}
