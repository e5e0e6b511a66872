package kafka

import (
	"context"
	"errors"
	"sync"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// place is a partition of a source topic.
type place struct {
	topic     string
	partition int32
}

// MarshalZerologObject names the place in a log line.
func (p place) MarshalZerologObject(e *zerolog.Event) {
	e.Str("topic", p.topic).Int32("partition", p.partition)
}

// batch is what one poll gave, from decoding to acknowledgement.
type batch struct {
	parts  []*part
	losses []*loss

	open sync.WaitGroup // dead letters not yet acknowledged
	mu   sync.Mutex
	err  error // the first failure
}

// part is the records of one partition.
type part struct {
	place
	standing  *standing // of the assignment under which it was polled
	records   []*kgo.Record
	start     int64 // of the source partition, as of the poll; -1 if not told
	end       int64 // of it, likewise
	watermark int64 // newest event time among the accepted, by the clock
	endOfDay  int32 // last day that a record said to be complete
	counts    counts
	burst     *Burst
}

func newBatch(fetches kgo.Fetches) *batch {
	b := &batch{}
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if len(f.Records) > 0 {
			b.parts = append(b.parts, &part{place: place{f.Topic, f.Partition}, records: f.Records, start: f.LogStartOffset, end: f.HighWatermark})
		}
		if lost, ok := errors.AsType[*kgo.ErrDataLoss](f.Err); ok {
			b.losses = append(b.losses, &loss{place: place{f.Topic, f.Partition}, said: lost})
		}
	})
	return b
}

// acknowledged is called for each dead letter.
func (b *batch) acknowledged(err error) {
	if err != nil {
		b.fail(err)
	}
	b.open.Done()
}

func (b *batch) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

// wait returns when every record of the batch is durable, or one has failed.
func (b *batch) wait() error {
	for _, p := range b.parts {
		if err := p.burst.Wait(); err != nil {
			b.fail(err)
		}
	}
	b.open.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// decode gives the batch's partitions to the decoders, each partition to one,
// so that its records keep their order.
func (in *ingest) decode(ctx context.Context, b *batch) {
	next := make(chan *part)
	var running sync.WaitGroup
	for _, d := range in.decoders[:min(len(in.decoders), len(b.parts))] {
		running.Go(func() {
			for p := range next {
				if err := in.decodePart(ctx, b, p, d); err != nil {
					b.fail(err)
				}
			}
		})
	}
	for _, p := range b.parts {
		next <- p
	}
	close(next)
	running.Wait()
}

// leeway is how far, in seconds, the clock of a source may be ahead of ours.
const leeway = 60

// What is dated after the clock goes into the log like anything else; but it does not
// tell how far its source has come, or one wrong date would end every day before it.
func (in *ingest) decodePart(ctx context.Context, b *batch, p *part, d Decoder) error {
	at := in.o.Now().Unix()
	n := &p.counts
	p.burst = in.log.Burst()
	defer p.burst.End()
	emit := func(r *pb.LogRecord) error {
		customer, _, eventTime := event.Head(r)
		if err := p.burst.Write(ctx, customer, r); err != nil {
			return err
		}
		if eventTime > at+leeway {
			n.ahead++
		} else {
			p.watermark = max(p.watermark, eventTime)
		}
		return nil
	}
	defer func() { in.o.Metrics.add(in.o.Name, n) }()
	for _, r := range p.records {
		before := n.ahead
		if r.Attrs.IsControl() {
			continue
		}
		n.read++
		if r.Value == nil {
			n.filtered = append(n.filtered, "tombstone")
			continue
		}
		row := event.Row{Name: r.Topic, Partition: r.Partition, Position: r.Offset, Doc: r.Value}
		out, err := Decode(d, row, emit)
		if err != nil {
			return err
		}
		switch out.Verdict {
		case event.Accepted:
			n.accepted++
			n.records += out.Records
		case event.Filtered:
			n.filtered = append(n.filtered, out.Reason)
			if in.begun(out.EndOfDay, at) {
				p.endOfDay = max(p.endOfDay, out.EndOfDay)
			} else {
				n.ahead++
			}
		case event.Rejected:
			n.rejected = append(n.rejected, string(out.Reject.Cause))
			b.open.Add(1)
			in.dead.Put(ctx, r.Key, deadLetter(in.o.Name, r, out.Reject, at), b.acknowledged)
		}
		if n.ahead > before {
			in.tellAhead(r)
		}
	}
	return nil
}

// begun says whether a day can be complete: it has begun by the clock.
func (in *ingest) begun(day int32, at int64) bool {
	return day == 0 || in.o.Calendar == nil || day <= in.o.Calendar.BusinessDay(at)
}

// tellAhead tells of the first record that is dated after the clock; the metric counts
// them all.
func (in *ingest) tellAhead(r *kgo.Record) {
	in.ahead.Do(func() {
		in.o.Log.Warn().Str("source", in.o.Name).EmbedObject(place{r.Topic, r.Partition}).Int64("offset", r.Offset).
			Msg("a record, or the day of its end-of-day marker, is dated after the clock: it does not tell how far the source has come; is the clock right, or the date wrong?")
	})
}
