package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// pace sends a stream's bookings as JSON at a steady rate, every so many of them a
// leaver's. One that is behind sends faster until it has caught up.
type pace struct {
	kafka  []kgo.Opt
	stream *stream
	probe  *probe
	// rate is the bookings a second, every the distance of two leavers.
	rate, every int
	// turn is told of each day that is over, before the first booking of the next;
	// optional.
	turn func(ctx context.Context, out *kgo.Client, day int32)

	sent    atomic.Int64
	refused atomic.Int64
	failed  atomic.Pointer[error]
}

// byCustomer puts a customer's bookings into one partition of the bank's topic, and
// what has no key where it says.
var byCustomer = kgo.RecordPartitioner(kgo.BasicConsistentPartitioner(func(string) func(*kgo.Record, int) int {
	return func(r *kgo.Record, n int) int {
		if r.Key == nil {
			return int(r.Partition)
		}
		h := fnv.New32a()
		_, _ = h.Write(r.Key) // never fails
		return int(h.Sum32() % uint32(n))
	}
}))

// slice is how often bookings are sent.
const slice = 5 * time.Millisecond

// due is how many bookings are to be sent after so long.
func (p *pace) due(after time.Duration) int {
	return int(after.Seconds() * float64(p.rate))
}

// run sends until the stream ends or ctx does, and returns when all is acknowledged.
func (p *pace) run(ctx context.Context) error {
	out, err := kgo.NewClient(append(append([]kgo.Opt(nil), p.kafka...), kgo.DefaultProduceTopic(bankTopic), byCustomer, kgo.ProducerLinger(0),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(200_000))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer out.Close()
	err = p.send(ctx, out)
	// What is on its way is acknowledged even if ctx has ended.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if flushed := out.Flush(last); flushed != nil {
		err = errors.Join(err, fmt.Errorf("flush bookings: %w", flushed))
	}
	if failed := p.failed.Load(); failed != nil {
		err = errors.Join(err, fmt.Errorf("send bookings, %d refused: %w", p.refused.Load(), *failed))
	}
	return err
}

// send is run without its end.
func (p *pace) send(ctx context.Context, out *kgo.Client) error {
	whole := context.WithoutCancel(ctx) // no booking is given up half-way
	acknowledged := func(_ *kgo.Record, err error) {
		if err != nil {
			p.refused.Add(1)
			p.failed.CompareAndSwap(nil, &err)
		}
	}
	tick := time.NewTicker(slice)
	defer tick.Stop()
	record := &pb.LogRecord{}
	today := int32(0)
	for i, began := 0, time.Now(); ; {
		for due := p.due(time.Since(began)); i < due; i++ {
			x, day := p.next(i)
			if x == nil {
				return nil
			}
			if today != 0 && day != today && p.turn != nil {
				p.turn(whole, out, day-1)
			}
			today = day
			if i%p.every == 0 {
				p.probe.leaves(i/p.every, time.Now())
			}
			record.Transaction = x
			out.Produce(whole, &kgo.Record{Key: []byte(x.CustomerId), Value: synth.AppendJSON(nil, record)}, acknowledged)
			p.sent.Add(1)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// next is the i-th booking of all, nil at the end.
func (p *pace) next(i int) (x *pb.Transaction, day int32) {
	if i%p.every != 0 {
		return p.stream.next()
	}
	day, more := p.stream.step()
	if !more {
		return nil, 0
	}
	return leave(i/p.every, p.stream.at), day
}
