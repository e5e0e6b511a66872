package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/synth"
)

const (
	// steady is the events a second while latency is measured, for span.
	steady = 20_000
	span   = 10 * time.Second
	// everyNth event empties an account, which opens a LARGE_OUTFLOW alert.
	everyNth = 200
	// wealth is what such an account holds, minor units.
	wealth = 100_000_000
)

func leaver(i int) string { return "L-" + strconv.Itoa(i) }

// latency measures from the append of an event to the bank's topic to the moment a
// consumer that reads committed has the alert in hand, at a steady rate. Ingest and
// fold are running.
func (b *wholeBench) latency(ctx context.Context, back *control.Backfill) error {
	n := int(span.Seconds()) * steady / everyNth
	for i := range n {
		open := &pb.BalanceSnapshot{
			CustomerId: leaver(i), AccountId: "A-" + leaver(i), AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: firstDay - 1,
			Balance: wealth, EventTime: midnight(firstDay) - 1, BusinessDay: firstDay - 1,
		}
		if err := back.Write(ctx, leaver(i), &pb.LogRecord{Balance: open}, nil); err != nil {
			return fmt.Errorf("write opening balances: %w", err)
		}
	}
	if err := back.Flush(ctx); err != nil {
		return err
	}
	if err := b.folded(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*span)
	defer cancel()
	seen := make(chan arrivals, 1) // 1: the reader can leave before anyone asks
	go func() { seen <- b.listen(ctx, n) }()
	before := readUsage()
	sent, err := b.pace(ctx, n)
	u := readUsage().since(before)
	if err != nil {
		cancel()
		<-seen
		return err
	}
	got := <-seen
	if got.err != nil {
		return fmt.Errorf("wait for alerts, %d of %d: %w", len(got.at), n, got.err)
	}
	waits := make([]time.Duration, 0, n)
	for id, at := range got.at {
		waits = append(waits, at.Sub(sent[id]))
	}
	slices.Sort(waits)
	at := func(percent int) string {
		return fmt.Sprintf("%d ms", waits[(len(waits)-1)*percent/100].Milliseconds())
	}
	b.table.add(fmt.Sprintf("append to alert readable, p50 / p99, at %s events/s", grouped(steady)), at(50)+" / "+at(99),
		fmt.Sprintf("%d alerts, slowest %s, %.1f µs CPU an event, the sender's included", n, at(100), us(u.cpu, n*everyNth)))
	return nil
}

// pace sends n leavers among other bookings, in slices of 5 ms, and tells when each
// was sent.
func (b *wholeBench) pace(ctx context.Context, n int) (map[string]time.Time, error) {
	// The bank goes on where it was.
	others := b.stage.stream
	others.events += n * everyNth
	sent := make(map[string]time.Time, n)
	var failed error
	out, err := kgo.NewClient(append(b.stage.Kafka, kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerLinger(0))...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	defer out.Close()
	const slice = 5 * time.Millisecond
	tick := time.NewTicker(slice)
	defer tick.Stop()
	record := &pb.LogRecord{}
	for i := 0; i < n*everyNth; {
		for range int(steady * slice / time.Second) {
			x, _ := others.next()
			if i%everyNth == 0 {
				x = leave(x.CloneVT(), i/everyNth)
				sent[x.CustomerId] = time.Now()
			}
			i++
			record.Transaction = x
			out.Produce(ctx, &kgo.Record{Topic: bankTopic, Key: []byte(x.CustomerId), Value: synth.AppendJSON(nil, record)}, nil)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			failed = context.Cause(ctx)
		}
		if failed != nil {
			return nil, fmt.Errorf("send at a steady rate: %w", failed)
		}
	}
	if err := out.Flush(ctx); err != nil {
		return nil, fmt.Errorf("send at a steady rate: %w", err)
	}
	return sent, nil
}

// leave makes a booking the i-th leaver's: most of his money goes to another bank.
func leave(x *pb.Transaction, i int) *pb.Transaction {
	x.CustomerId, x.AccountId, x.TxnId = leaver(i), "A-"+leaver(i), "leave-"+strconv.Itoa(i)
	x.Direction, x.TxnType, x.Initiator = pb.Direction_DEBIT, pb.TxnType_TRANSFER_OUT, pb.Initiator_CUSTOMER
	x.AmountMinor, x.BaseAmountMinor, x.BalanceAfter = wealth*9/10, wealth*9/10, wealth/10
	x.EventTime, x.BusinessDay, x.ValueDay = midnight(firstDay)+3600, firstDay, firstDay
	return x
}

// arrivals are the times at which alerts of leavers could be read, by customer.
type arrivals struct {
	at  map[string]time.Time
	err error
}

func (b *wholeBench) listen(ctx context.Context, n int) arrivals {
	got := arrivals{at: make(map[string]time.Time, n)}
	client, err := kgo.NewClient(append(b.stage.Kafka, kgo.ConsumeTopics(b.stage.Namespace.Topic(topics.Alerts)),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		got.err = fmt.Errorf("open kafka client: %w", err)
		return got
	}
	defer client.Close()
	var alert pb.Alert
	for len(got.at) < n {
		fetches := client.PollFetches(ctx)
		if got.err = errors.Join(fetches.Err0(), ctx.Err()); got.err != nil {
			return got
		}
		now := time.Now()
		for _, r := range fetches.Records() {
			if err := alert.UnmarshalVT(r.Value); err != nil {
				got.err = fmt.Errorf("decode alert: %w", err)
				return got
			}
			if id := alert.Customer.GetId(); len(id) > 2 && id[:2] == "L-" && alert.Code == "LARGE_OUTFLOW" {
				if _, again := got.at[id]; !again {
					got.at[id] = now
				}
			}
			alert.Reset()
		}
	}
	return got
}
