package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

const (
	// steadily is the events a second while latency is measured, for span.
	steadily = 20_000
	span     = 10 * time.Second
	// everyNth event empties an account, which opens a LARGE_OUTFLOW alert.
	everyNth = 200
)

// latency measures from the append of an event to the bank's topic to the moment a
// consumer that reads committed has the alert in hand, at a steady rate. Ingest and
// fold are running, in this process; bench latency has them as processes of their own.
func (b *wholeBench) latency(ctx context.Context, back *control.Backfill) error {
	n := int(span.Seconds()) * steadily / everyNth
	for i := range n {
		if err := back.Write(ctx, leaver(i), &pb.LogRecord{Balance: leaverOpening(i, firstDay-1)}, nil); err != nil {
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
	// The bank goes on where it was.
	b.stage.stream.events += n * everyNth
	p := &pace{kafka: b.stage.Kafka, stream: b.stage.stream, probe: newProbe(n), rate: steadily, every: everyNth}
	heard := make(chan error, 1) // 1: the listener can leave before anyone asks
	go func() { heard <- p.probe.listen(ctx, b.stage.Kafka, b.stage.Namespace.Topic(topics.Alerts), n) }()
	before := b.stage.begin()
	err := p.run(ctx)
	u := before.used()
	if err == nil && p.sent.Load() < int64(n*everyNth) {
		err = fmt.Errorf("send at a steady rate: %w", context.Cause(ctx))
	}
	if err != nil {
		cancel()
		return errors.Join(err, unlessEnded(<-heard))
	}
	if err := <-heard; err != nil {
		return err
	}
	q := quantilesOf(p.probe.waits(appended, always))
	b.table.add(b.label(fmt.Sprintf("append to alert readable, p50 / p95 / p99 / p99.9, at %s events/s", grouped(steadily))), q.String(),
		fmt.Sprintf("%d alerts, slowest %d ms; %s, the sender's included", n, q.slowest.Milliseconds(), u.cost(n*everyNth)))
	return nil
}

// unlessEnded is err, unless it only says that somebody was told to end.
func unlessEnded(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
