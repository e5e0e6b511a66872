package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// fillWait bounds the openings: what goes wrong there goes wrong at once.
const fillWait = 10 * time.Minute

// fill sends the openings of all customers and leavers the way of all events, and
// returns when fold and warehouse have them and the clock has come to the load.
func (b *steady) fill(ctx context.Context, _ *lifecycle.Stack) error {
	ctx, cancel := context.WithTimeoutCause(ctx, fillWait, errors.New("the openings take too long"))
	defer cancel()
	say("%s customers, %s leavers", grouped(int64(b.customers)), grouped(int64(b.leaversInAll())))
	if err := b.openings(ctx); err != nil {
		return err
	}
	say("waiting until all roles have the openings")
	if err := await(ctx, "ingest", func(ctx context.Context) (bool, error) {
		lag, err := b.lags(ctx)
		return err == nil && lag.ingest == 0, errors.Join(ctx.Err(), b.ends())
	}); err != nil {
		return err
	}
	if err := progress.Wait(ctx, b.admin, namespace); err != nil {
		return errors.Join(err, b.ends())
	}
	left := time.Until(b.record.began)
	if left < 0 {
		say("the openings took %s longer than allowed for: what is planned for a time comes that much earlier", (-left).Round(time.Second))
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(left):
		return nil
	}
}

// openings sends every customer's position of the day before the log begins.
func (b *steady) openings(ctx context.Context) error {
	_, err := b.sendAll(ctx, func(each func(*pb.LogRecord)) {
		one := func(x *pb.BalanceSnapshot) {
			x.Day, x.BusinessDay, x.EventTime = b.record.day, b.record.day, midnight(b.record.day+1)-1
			each(&pb.LogRecord{Balance: x})
		}
		fresh := b.stream()
		for c := range b.customers {
			one(fresh.opening(c))
		}
		for i := range b.leaversInAll() {
			one(leaverOpening(i, b.record.day))
		}
	})
	return err
}

// sendAll sends records to the bank's topic as fast as it takes them, behind them the
// ends of days, and returns when all are acknowledged. bytes is what the records took.
func (b *steady) sendAll(ctx context.Context, records func(each func(*pb.LogRecord)), over ...int32) (bytes int64, err error) {
	out, err := kgo.NewClient(append(append([]kgo.Opt(nil), b.kafka...), kgo.DefaultProduceTopic(bankTopic), byCustomer, kgo.MaxBufferedRecords(100_000),
		kgo.ProducerBatchCompression(kgo.NoCompression()))...)
	if err != nil {
		return 0, fmt.Errorf("open kafka client: %w", err)
	}
	defer out.Close()
	var failed atomic.Pointer[error]
	records(func(r *pb.LogRecord) {
		value := synth.AppendJSON(nil, r)
		bytes += int64(len(value))
		out.Produce(ctx, &kgo.Record{Key: []byte(customerOf(r)), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
	})
	for _, day := range over {
		endOfDay(ctx, out, day)
	}
	err = out.Flush(ctx)
	if refused := failed.Load(); refused != nil {
		err = errors.Join(err, *refused)
	}
	if err != nil {
		return 0, fmt.Errorf("send to %s: %w", bankTopic, err)
	}
	return bytes, nil
}

// customerOf is whose record it is: an opening's or a booking's.
func customerOf(r *pb.LogRecord) string {
	if r.Balance != nil {
		return r.Balance.CustomerId
	}
	return r.Transaction.CustomerId
}

// stream are the bookings of the load, whose days go by as the bank's clock does.
func (b *steady) stream() *stream {
	g := newStream(b.shape, b.customers, b.events(), 1)
	g.from, g.span, g.late = b.record.from, int64(b.duration.Seconds()*b.factor()), b.late
	return g
}

// endOfDay tells in each partition of the source that a day is complete.
func endOfDay(ctx context.Context, out *kgo.Client, day int32) {
	text := fmt.Appendf(nil, `{"record":"end_of_day","date":%q}`, event.FormatDay(day))
	for p := range int32(sourcePartitions) {
		out.Produce(ctx, &kgo.Record{Topic: bankTopic, Partition: p, Value: text}, nil)
	}
}

// lag is how far the roles are behind, records. Overtaken are those of the source
// that were deleted before ingest had read them.
type lag struct{ ingest, fold, warehouse, overtaken int64 }

func (b *steady) lags(ctx context.Context) (l lag, err error) {
	groups := []string{namespace.Group("ingest-" + source), namespace.Group("fold"), namespace.Group("warehouse")}
	all, err := b.admin.Lag(ctx, groups...)
	if err == nil {
		err = all.Error()
	}
	if err != nil {
		return l, fmt.Errorf("ask for lags: %w", err)
	}
	for _, m := range all[groups[0]].Lag.Sorted() {
		if m.Commit.At >= 0 {
			l.overtaken += max(0, m.Start.Offset-m.Commit.At)
		}
	}
	l.ingest, l.fold, l.warehouse = all[groups[0]].Lag.Total(), all[groups[1]].Lag.Total(), all[groups[2]].Lag.Total()
	return l, nil
}

// alerts is the topic of the alerts.
func (b *steady) alerts() string { return namespace.Topic(topics.Alerts) }

// bar tells a person how far the run has come.
func bar() *progress.Bar { return &progress.Bar{Out: os.Stderr, Terminal: wire.Terminal(os.Stderr)} }
