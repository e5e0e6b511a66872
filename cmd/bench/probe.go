package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// wealth is what a leaver's account holds, minor units.
const wealth = 100_000_000

const leaverPrefix = "L-"

func leaver(i int) string { return leaverPrefix + strconv.Itoa(i) }

// leaverNumber is i of leaver(i), -1 for anybody else.
func leaverNumber(customer string) int {
	number, ok := strings.CutPrefix(customer, leaverPrefix)
	if !ok {
		return -1
	}
	i, err := strconv.Atoi(number)
	if err != nil {
		return -1
	}
	return i
}

// leaverOpening is a leaver's position before his day.
func leaverOpening(i int, day int32) *pb.BalanceSnapshot {
	return &pb.BalanceSnapshot{
		CustomerId: leaver(i), AccountId: "A-" + leaver(i), AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: day,
		Balance: wealth, EventTime: midnight(day+1) - 1, BusinessDay: day,
	}
}

// leave is the i-th leaver's booking, at a second counted from the first day's
// midnight: most of his money goes to another bank, which opens a LARGE_OUTFLOW alert.
func leave(i int, at int64) *pb.Transaction {
	day := firstDay + int32(at/86400)
	return &pb.Transaction{
		CustomerId: leaver(i), AccountId: "A-" + leaver(i), Source: "core", TxnId: "leave-" + strconv.Itoa(i), Version: 1, SchemaVersion: 1,
		Status: pb.TxnStatus_POSTED, AccountType: pb.AccountType_DEMAND, Currency: "CNY", Direction: pb.Direction_DEBIT,
		TxnType: pb.TxnType_TRANSFER_OUT, Initiator: pb.Initiator_CUSTOMER, Channel: pb.Channel_APP,
		AmountMinor: wealth * 9 / 10, BaseAmountMinor: wealth * 9 / 10,
		BalanceKnown: true, BalanceAfter: wealth / 10, BalanceTrust: pb.BalanceTrust_BALANCE_TRUST_ORDERED,
		EventTime: midnight(firstDay) + at, BusinessDay: day, ValueDay: day,
	}
}

// probe measures from the append of a booking to the moment at which a consumer that
// reads committed has the alert that it opens. Each leaver gives one wait. The
// goroutine that sends calls leaves, the one that listens arrived; anybody may ask.
type probe struct {
	mu    sync.Mutex
	of    []passage // by leaver
	fresh []int     // leavers whose alert came since the last take
	told  int
	// dayEnd is when the day ended whose snapshots are looked for.
	dayEnd time.Time
	// behind is for each view the first leaver whose row may not have been seen yet.
	behind [len(views)]int
}

// passage is the way of one leaver's booking.
type passage struct {
	sent, readable time.Time // zero: not yet
	partition      int32     // of the alert, which is the booking's
	// visible is when a look into each of the views found its row.
	visible [len(views)]time.Time
}

func newProbe(leavers int) *probe { return &probe{of: make([]passage, leavers)} }

// leaves notes that the i-th leaver's booking is handed to the client that sends.
func (p *probe) leaves(i int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of[i].sent = now
}

// arrived notes an alert; the first of a leaver counts.
func (p *probe) arrived(i int, partition int32, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i < 0 || i >= len(p.of) || !p.of[i].readable.IsZero() {
		return
	}
	p.of[i].readable, p.of[i].partition = now, partition
	p.fresh = append(p.fresh, i)
	p.told++
}

// take gives the waits of the alerts that came since the last call.
func (p *probe) take() (waits []time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.fresh {
		waits = append(waits, p.of[i].readable.Sub(p.of[i].sent))
	}
	p.fresh = p.fresh[:0]
	return waits
}

// way is from one moment of a booking to another.
type way struct {
	from, to  time.Time
	partition int32
}

// appended is the way that is measured most: to the alert that can be read.
func appended(x passage) way { return way{x.sent, x.readable, x.partition} }

// waits are how long the ways that fit took, in the order in which bookings were sent;
// one that has not come to its end is none yet.
func (p *probe) waits(of func(passage) way, fit func(way) bool) (waits []time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.of {
		if w := of(x); !w.from.IsZero() && !w.to.IsZero() && fit(w) {
			waits = append(waits, w.to.Sub(w.from))
		}
	}
	return waits
}

// always fits.
func always(way) bool { return true }

// counts are the bookings sent and the alerts that came.
func (p *probe) counts() (sent, readable int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.of {
		if !x.sent.IsZero() {
			sent++
		}
	}
	return sent, p.told
}

// listen reads the topic of the alerts until those of n leavers came or ctx ends.
func (p *probe) listen(ctx context.Context, kafka []kgo.Opt, topic string, n int) error {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), kafka...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	var alert pb.Alert
	for got := 0; got < n; {
		fetches := client.PollFetches(ctx)
		if err := errors.Join(fetches.Err0(), ctx.Err()); err != nil {
			return fmt.Errorf("wait for alerts, %d of %d: %w", got, n, err)
		}
		now := time.Now()
		for _, r := range fetches.Records() {
			alert.Reset()
			if err := alert.UnmarshalVT(r.Value); err != nil {
				return fmt.Errorf("decode alert: %w", err)
			}
			if alert.Code == "LARGE_OUTFLOW" {
				p.arrived(leaverNumber(alert.Customer.GetId()), r.Partition, now)
			}
		}
		p.mu.Lock()
		got = p.told
		p.mu.Unlock()
	}
	return nil
}
