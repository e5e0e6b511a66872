package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// nature says what must become of a row.
type nature uint8

const (
	good   nature = iota // it is in the log
	broken               // it is among the dead letters
	mark                 // it ends a day, and is in neither
)

// row is one row of the source.
type row struct {
	at        int64 // due at this second of the bank's clock
	partition int32
	key       []byte
	value     []byte
	nature    nature
	forged    bool // another content of an id
}

// ack says that the source topic has a row.
type ack struct {
	row    *row
	offset int64
}

// sender writes rows into the source topic until each is acknowledged. One goroutine
// sends; after a failure it sends again, so a row may be in the topic more than once.
type sender struct {
	opts   []kgo.Opt
	topic  string
	client *kgo.Client

	mu     sync.Mutex
	failed []*row
	acks   []ack
	resent int
}

func newSender(brokers []string, topic string) (*sender, error) {
	s := &sender{topic: topic, opts: []kgo.Opt{
		kgo.SeedBrokers(brokers...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedRecords(100_000),
	}}
	return s, s.open()
}

func (s *sender) open() (err error) {
	if s.client, err = kgo.NewClient(s.opts...); err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	return nil
}

func (s *sender) close() { s.client.Close() }

func (s *sender) send(ctx context.Context, r *row) {
	s.client.Produce(ctx, &kgo.Record{Partition: r.partition, Key: r.key, Value: r.value}, func(out *kgo.Record, err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			s.failed = append(s.failed, r)
			return
		}
		s.acks = append(s.acks, ack{r, out.Offset})
	})
}

// mend sends what has failed once more, through a new client: whatever broke the old
// one may not be over for it.
func (s *sender) mend(ctx context.Context) error {
	s.mu.Lock()
	again := s.failed
	s.mu.Unlock()
	if len(again) == 0 {
		return nil
	}
	s.client.Close() // fails what else waits there
	if err := s.open(); err != nil {
		return err
	}
	s.mu.Lock()
	again, s.failed = s.failed, nil
	s.resent += len(again)
	s.mu.Unlock()
	for _, r := range again {
		s.send(ctx, r)
	}
	return nil
}

// flush returns when every row is acknowledged.
func (s *sender) flush(ctx context.Context) error {
	for {
		if err := s.client.Flush(ctx); err != nil {
			return fmt.Errorf("flush the source: %w", err)
		}
		s.mu.Lock()
		open := len(s.failed)
		s.mu.Unlock()
		if open == 0 {
			return nil
		}
		if err := errors.Join(s.mend(ctx), ctx.Err()); err != nil {
			return err
		}
	}
}
