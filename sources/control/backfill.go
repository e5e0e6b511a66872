package control

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// BackfillOptions of StartBackfill.
type BackfillOptions struct {
	// Kafka holds seed brokers and security.
	Kafka     []kgo.Opt
	Namespace topics.Namespace
	// Writer tunes the log writer; Kafka and Namespace are taken from here.
	Writer   kafka.WriterOptions
	Calendar *event.Calendar
	// Holder names this process in the lease.
	Holder string
	// Opening is what a new log begins with; of a log that is open it is not
	// used. At is the first TICK: no CLOSE before its business day is written.
	Opening *Opening
	// Publish is published if no policy is, once the lease is held: were it there before, a
	// conductor that waits for a first policy could take the log. nil: nothing.
	Publish *pb.PolicyPublication
}

// Backfill is the BACKFILL writer of time: it holds the lease and writes
// customer records, ticks, rates, policies and closes into the log at full
// speed. One goroutine uses it. A method that fails ends it: start another one,
// which begins again after the last position the caller has made durable.
type Backfill struct {
	topic  *Topic
	log    *kafka.LogWriter
	scribe *scribe
	cal    *event.Calendar
	holder string
}

// StartBackfill takes the lease, also from a load that died, and opens a new
// log. ErrLive: the log is live, and only customer records may be written into
// it (kafka.LogWriter).
func StartBackfill(ctx context.Context, o BackfillOptions) (*Backfill, error) {
	if o.Calendar == nil {
		return nil, errors.New("backfill: Calendar is required")
	}
	topic, err := OpenTopic(o.Kafka, o.Namespace)
	if err != nil {
		return nil, err
	}
	b := &Backfill{topic: topic, cal: o.Calendar, holder: o.Holder}
	if err := b.start(ctx, &o); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Backfill) start(ctx context.Context, o *BackfillOptions) error {
	term, err := b.topic.claim(ctx, o.Holder, pb.Mode_BACKFILL, 0)
	if err != nil {
		return err
	}
	if o.Publish != nil && len(b.topic.table.Policies()) == 0 {
		if err := b.topic.PublishPolicy(ctx, o.Publish); err != nil {
			return err
		}
	}
	o.Writer.Kafka, o.Writer.Namespace = o.Kafka, o.Namespace
	if b.log, err = kafka.NewLogWriter(o.Writer); err != nil {
		return err
	}
	b.scribe = newScribe(b.log, b.topic, term, pb.Mode_BACKFILL)
	if err := b.scribe.announce(ctx, o.Holder); err != nil {
		return err
	}
	if b.scribe.opened {
		return nil
	}
	if o.Opening == nil {
		return errors.New("the log is new: an opening with engine and policy is required")
	}
	return b.scribe.openLog(ctx, b.cal, o.Opening)
}

// Close releases the clients; the lease stays as it is, see Release.
func (b *Backfill) Close() {
	if b.log != nil {
		b.log.Close()
	}
	b.topic.Close()
}

// Topic is tierwatch.control, for the files a load notes.
func (b *Backfill) Topic() *Topic { return b.topic }

// LastClose is the last day that is closed: earlier days cannot be.
func (b *Backfill) LastClose() int32 { return b.scribe.done.LastClose }

// Write appends a customer record; see kafka.LogWriter.Write.
func (b *Backfill) Write(ctx context.Context, customer string, r *pb.LogRecord, done func(error)) error {
	return b.log.Write(ctx, customer, r, done)
}

// WriteValue appends a marshalled customer record; see kafka.LogWriter.WriteValue.
func (b *Backfill) WriteValue(ctx context.Context, customer string, value []byte, done func(error)) error {
	return b.log.WriteValue(ctx, customer, value, done)
}

// Ends are the end offsets of the log's partitions.
func (b *Backfill) Ends(ctx context.Context) ([]int64, error) { return b.log.Ends(ctx) }

// Tick tells the time; a time that is not later than the last is left out.
func (b *Backfill) Tick(ctx context.Context, at int64) error {
	return b.scribe.tickAt(ctx, b.cal, at)
}

// OpenDay tells the first second of a business day, before its records: they
// must not be more than a day ahead of the last TICK.
func (b *Backfill) OpenDay(ctx context.Context, day int32) error {
	return b.Tick(ctx, b.cal.Cut(day-1))
}

// Rates writes the rates of a day; before its CLOSE.
func (b *Backfill) Rates(ctx context.Context, r *pb.Rates) error { return b.scribe.rates(ctx, r) }

// Policy writes an activation with an effective day after the next CLOSE.
func (b *Backfill) Policy(ctx context.Context, p *pb.PolicyActivation) error {
	return b.scribe.policy(ctx, p)
}

// NewestPolicy is the version of the newest activation in the log, as far as it is noted; 0:
// none is.
func (b *Backfill) NewestPolicy() uint32 {
	if list := b.scribe.done.Policies; len(list) > 0 {
		return list[len(list)-1].Version
	}
	return 0
}

// CloseDay ends a business day. Everything written before is then durable in
// all partitions, so a load may note its place as of the call; the CLOSE itself
// is durable at the next CloseDay or Flush. A day that is not later than the
// last one is left out.
func (b *Backfill) CloseDay(ctx context.Context, day int32) error {
	if day <= b.scribe.done.LastClose {
		return nil
	}
	if err := b.Flush(ctx); err != nil {
		return err
	}
	return b.scribe.close(ctx, day, b.cal.Cut(day))
}

// Flush waits until everything written is acknowledged, and saves the
// progress. It fails when another load has taken the lease meanwhile.
func (b *Backfill) Flush(ctx context.Context) error {
	if err := b.scribe.flush(ctx); err != nil {
		return err
	}
	t, err := b.topic.Refresh(ctx)
	if err != nil {
		return err
	}
	if t.superseded(pb.Mode_BACKFILL, b.scribe.term) {
		return errSuperseded
	}
	if err := b.topic.answer(ctx, b.holder, b.scribe.done.TickAt); err != nil {
		return err
	}
	return b.scribe.save(ctx)
}

// Handover ends the history: each open alert gets one revision for people. day
// is the last day closed.
func (b *Backfill) Handover(ctx context.Context, day int32) error {
	if err := b.scribe.flush(ctx); err != nil {
		return err
	}
	if err := b.log.Control(ctx, &pb.LogRecord{Handover: &pb.Handover{Term: b.scribe.term, Day: day}}); err != nil {
		return fmt.Errorf("write HANDOVER: %w", err)
	}
	return b.Flush(ctx)
}

// Release flushes and gives the lease back: a conductor may take over.
func (b *Backfill) Release(ctx context.Context) error {
	if err := b.Flush(ctx); err != nil {
		return err
	}
	return b.topic.release(ctx, b.holder, pb.Mode_BACKFILL, b.scribe.done.TickAt)
}
