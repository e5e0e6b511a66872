package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
)

// settlement is how long the program may take to catch up when nothing disturbs it
// any more.
const settlement = 2 * time.Minute

const look = 200 * time.Millisecond

// settle returns when everything that was sent is read, the last day closed, and fold
// and warehouse have passed all of it. Whoever writes the log is stopped then.
func settle(ctx context.Context, c *crew.Crew, b *bank) error {
	ctx, cancel := context.WithTimeout(ctx, settlement)
	defer cancel()
	client, err := kgo.NewClient(b.kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	say("everything runs again; waiting for ingest")
	if err := until(ctx, func() error { return ingested(ctx, admin) }); err != nil {
		return err
	}
	say("waiting for the close of %s", event.FormatDay(b.last))
	if err := until(ctx, func() error { return closed(ctx, b) }); err != nil {
		return err
	}
	if err := c.Stop(c.Running(ingests, conductors)...); err != nil {
		return err
	}
	say("waiting for fold and warehouse")
	return progress.Wait(ctx, admin, topics.DefaultNamespace)
}

// until asks until the answer is nil. When ctx ends, the error is the last answer.
func until(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the program does not recover: %w", err)
		}
		wait(ctx, look)
	}
}

func ingested(ctx context.Context, admin *kadm.Client) error {
	ends, err := admin.ListEndOffsets(ctx, sourceTopic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("list the end of the source: %w", err)
	}
	rows, err := admin.FetchOffsetsForTopics(ctx, topics.DefaultNamespace.Group("ingest-"+sourceName), sourceTopic)
	if err != nil {
		return fmt.Errorf("fetch the offsets of ingest: %w", err)
	}
	for p, end := range ends[sourceTopic] {
		if row, ok := rows.Lookup(sourceTopic, p); !ok || row.At < end.Offset {
			return fmt.Errorf("ingest has committed %d of %d records of partition %d", row.At, end.Offset, p)
		}
	}
	return nil
}

func closed(ctx context.Context, b *bank) error {
	topic, err := control.OpenTopic(b.kafka, topics.DefaultNamespace)
	if err != nil {
		return err
	}
	defer topic.Close()
	t, err := topic.Refresh(ctx)
	if err != nil {
		return err
	}
	if t.Time == nil || t.Time.LastClose < b.last {
		return fmt.Errorf("the last day closed is %s, the bank has ended %s", event.FormatDay(t.Time.GetLastClose()), event.FormatDay(b.last))
	}
	return nil
}
