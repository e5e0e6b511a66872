package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// SourceTopic is the topic to which the bank writes its live days, as JSON. It
// has one partition: the bank writes in the order of event time.
const SourceTopic = "bank.transactions"

const (
	realDay = 24 * time.Hour
	// slice is how often, by the wall, due records are sent.
	slice = 50 * time.Millisecond
	// report is how often, by the wall, ingest tells how far it is: a day closes
	// that much after its end at the latest.
	report = 200 * time.Millisecond
)

// live plays one business day after the other through the source topic.
type live struct {
	d     *wire.Deployment
	bank  *synth.Bank
	clock *control.Scaled

	// Sent are the records of this run.
	Sent atomic.Int64
}

// makeSource creates the source topic. Its records are in the log soon, so it
// forgets them after a day.
func makeSource(ctx context.Context, admin *kadm.Client) error {
	retention := "86400000"
	_, err := admin.CreateTopic(ctx, 1, -1, map[string]*string{"retention.ms": &retention}, SourceTopic)
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("create topic %s: %w", SourceTopic, err)
	}
	return nil
}

// startOf is when the clock of a run begins: with the first day that is not closed or,
// later, where the run before it stood. A clock that went back into that day would write
// no time until it is there again.
func startOf(cal *event.Calendar, lastClose int32, ticked int64) time.Time {
	return time.Unix(max(cal.Cut(lastClose), ticked), 0)
}

// goLive starts the roles that take live days in, and the bank. The bank has
// lived through every day up to lastClose; what is due of the day after it by the time
// of start is sent at once.
func goLive(d *wire.Deployment, bank *synth.Bank, p Params, lastClose int32, start time.Time, roles *lifecycle.Group) (*live, error) {
	l := &live{
		d: d, bank: bank,
		clock: control.NewScaled(start, float64(realDay)/float64(p.DayLength)),
	}
	conductor, err := role.NewConductor(d, role.ConductorOptions{Clock: l.clock, Rates: newRates(p.Bank)})
	if err != nil {
		return nil, err
	}
	// Before the first TICK of this run, and when this machine stutters, a TICK is
	// quickly hours old by a clock that runs a day in seconds.
	ingest, err := role.NewIngest(d, role.IngestOptions{Clock: l.clock, Stale: 2 * realDay, ReportEvery: report})
	if err != nil {
		return nil, err
	}
	roles.Go(role.Conductor, conductor)
	roles.Go(role.Ingest, ingest)
	roles.Go("bank", func(ctx context.Context) error { return l.play(ctx, lastClose+1) })
	return l, nil
}

// row is one row of a day, due at a second.
type row struct {
	at   int64
	key  []byte
	json []byte
}

func (l *live) play(ctx context.Context, day int32) error {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), l.d.Kafka...), kgo.DefaultProduceTopic(SourceTopic))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	for ; ; day++ {
		rows, err := l.day(day)
		if err != nil {
			return err
		}
		if err := l.send(ctx, client, rows); err != nil {
			return err
		}
		if err := l.wait(ctx, l.d.Calendar.Cut(day)); err != nil {
			return err
		}
	}
}

// day renders a day of the bank. A row is due at its event time, or with the
// row before it when it comes late.
func (l *live) day(day int32) ([]row, error) {
	var rows []row
	at := l.d.Calendar.Cut(day - 1)
	err := l.bank.Day(day, func(it synth.Item) error {
		if it.Record == nil {
			rows = append(rows, row{at: at, json: append([]byte(nil), it.Malformed...)})
			return nil
		}
		if t := it.Record.Transaction; t != nil {
			at = max(at, t.EventTime)
		}
		rows = append(rows, row{at: at, key: []byte(kafka.Customer(it.Record)), json: synth.AppendJSON(nil, it.Record)})
		return nil
	})
	return rows, err
}

// send writes rows when they are due.
func (l *live) send(ctx context.Context, client *kgo.Client, rows []row) error {
	tick := time.NewTicker(slice)
	defer tick.Stop()
	var failed atomic.Pointer[error]
	for i := 0; i < len(rows); {
		now := l.clock.Now().Unix()
		for ; i < len(rows) && rows[i].at <= now; i++ {
			client.Produce(ctx, &kgo.Record{Key: rows[i].key, Value: rows[i].json}, func(_ *kgo.Record, err error) {
				if err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			})
			l.Sent.Add(1)
		}
		if err := failed.Load(); err != nil && ctx.Err() == nil {
			return fmt.Errorf("write to %s: %w", SourceTopic, *err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

func (l *live) wait(ctx context.Context, at int64) error {
	reached, stop := l.clock.At(time.Unix(at, 0))
	defer stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-reached:
		return nil
	}
}

// rates are the bank's, for the conductor. Prices hang on the seed and the start
// only, so a bank of one customer has them too.
type rates struct {
	mu   sync.Mutex
	bank *synth.Bank
}

func newRates(p synth.Params) *rates {
	p.Customers = 1
	return &rates{bank: synth.New(p)}
}

// Rates implements control.RateSource.
func (r *rates) Rates(_ context.Context, day int32) (*pb.Rates, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bank.Rates(day), nil
}
