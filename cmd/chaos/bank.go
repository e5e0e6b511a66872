package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
	"github.com/tierwatch/tierwatch/sources/synth"
)

const (
	sourceTopic      = "bank.transactions"
	sourceName       = "bank"
	sourcePartitions = 2
	// slice is how often due rows are sent.
	slice = 50 * time.Millisecond
	// forgedOf is of how many repeats one is forged.
	forgedOf = 20
)

// bank plays one business day after the other into the source topic.
type bank struct {
	synth  *synth.Bank
	idle   *idle
	first  int32
	clock  *control.Scaled
	cal    *event.Calendar
	out    *sender
	kafka  []kgo.Opt
	r      *rand.Rand
	sent   []*row
	asked  chan int // to repeat so many; capacity: all that a plan may ask for at once
	reform int32    // day on which another version of the policy is published
	last   int32    // day that is complete
	repeat int
	forged int
}

// world is the bank of a seed. It makes more mistakes than a real one.
func world(seed uint64, customers int) synth.Params {
	p := synth.Defaults()
	p.Seed, p.Customers, p.Months = seed, customers, 3
	// A month ends soon after the start.
	p.Start, _ = event.Day(2025, 1, 24)
	p.MalformedPPM, p.LatePPM, p.DuplicatePPM, p.ReversalPPM = 3_000, 20_000, 10_000, 10_000
	return p
}

// play sends days until the wall says until; the last one is completed.
func (b *bank) play(ctx context.Context, until time.Time) error {
	if err := b.publish(ctx, b.rates(b.first-1)); err != nil {
		return err
	}
	for day := b.first; ; day++ {
		if day == b.reform {
			if err := b.publish(ctx, publishReformed); err != nil {
				return err
			}
		}
		rows, err := b.day(day)
		if err != nil {
			return err
		}
		if err := b.send(ctx, rows, b.cal.Cut(day)); err != nil {
			return err
		}
		if err := b.publish(ctx, b.rates(day)); err != nil {
			return err
		}
		for p := range int32(sourcePartitions) {
			text := fmt.Sprintf(`{"record":"end_of_day","date":%q}`, event.FormatDay(day))
			b.one(ctx, &row{partition: p, value: []byte(text), nature: mark})
		}
		b.last = day
		if time.Now().After(until) {
			return b.out.flush(ctx)
		}
	}
}

// day renders a day. A row is due at its event time, or with the row before it when
// it comes late.
func (b *bank) day(day int32) ([]*row, error) {
	var rows []*row
	at := b.cal.Cut(day - 1)
	err := b.synth.Day(day, func(it synth.Item) error {
		if it.Record == nil {
			rows = append(rows, &row{at: at, value: append([]byte(nil), it.Malformed...), nature: broken})
			return nil
		}
		if t := it.Record.Transaction; t != nil {
			at = max(at, t.EventTime)
		}
		rows = append(rows, rowOf(at, kafka.Customer(it.Record), synth.AppendJSON(nil, it.Record)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make a day of the bank: %w", err)
	}
	rows = append(rows, b.idle.day(day)...)
	slices.SortStableFunc(rows, func(x, y *row) int { return cmp.Compare(x.at, y.at) })
	return rows, nil
}

// rowOf is a good row of a customer.
func rowOf(at int64, customer string, value []byte) *row {
	h := fnv.New32a()
	_, _ = h.Write([]byte(customer)) // never fails
	return &row{at: at, partition: int32(h.Sum32() % sourcePartitions), key: []byte(customer), value: value}
}

// send sends rows when they are due, what is to be repeated in between, and returns
// at the cut.
func (b *bank) send(ctx context.Context, rows []*row, cut int64) error {
	tick := time.NewTicker(slice)
	defer tick.Stop()
	for now := b.clock.Now().Unix(); len(rows) > 0 || now < cut; now = b.clock.Now().Unix() {
		for len(rows) > 0 && rows[0].at <= now {
			b.one(ctx, rows[0])
			rows = rows[1:]
		}
		if err := b.out.mend(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case n := <-b.asked:
			b.again(ctx, n)
		case <-tick.C:
		}
	}
	return nil
}

func (b *bank) one(ctx context.Context, r *row) {
	b.sent = append(b.sent, r)
	b.out.send(ctx, r)
}

// again sends n rows once more that were sent before: the newest, or older ones. Of
// some it sends what is forged.
func (b *bank) again(ctx context.Context, n int) {
	from := max(0, len(b.sent)-n)
	if from > 0 && b.r.IntN(2) == 0 {
		from = b.r.IntN(from)
	}
	for _, r := range b.sent[from:min(from+n, len(b.sent))] {
		if other := forged(r); other != nil && b.r.IntN(forgedOf) == 0 {
			b.one(ctx, other)
			b.forged++
			continue
		}
		if r.nature != mark {
			b.out.send(ctx, r)
			b.repeat++
		}
	}
}

var amount = regexp.MustCompile(`"amount_minor":\d+`)

// forged is a booking under the id of r with another amount, nil if r is none or is
// forged itself: whichever of them the fold reads first counts, the other is a dead
// letter.
func forged(r *row) *row {
	if r.nature != good || r.forged || !bytes.HasPrefix(r.value, []byte(`{"event_id"`)) {
		return nil
	}
	other := *r
	other.forged, other.value = true, amount.ReplaceAll(r.value, []byte("${0}7"))
	return &other
}

// publish hands something to the conductor, as an operator does, until it is told that
// it is there.
func (b *bank) publish(ctx context.Context, do func(context.Context, *control.Topic) error) error {
	once := func() error {
		topic, err := control.OpenTopic(b.kafka, topics.DefaultNamespace)
		if err != nil {
			return err
		}
		defer topic.Close()
		return do(ctx, topic)
	}
	for {
		err := once()
		if err == nil || ctx.Err() != nil {
			return err
		}
		say("publish: %v", err)
		wait(ctx, slice)
	}
}

func (b *bank) rates(day int32) func(context.Context, *control.Topic) error {
	return func(ctx context.Context, t *control.Topic) error { return t.PublishRates(ctx, b.synth.Rates(day)) }
}
