package worker

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
)

// running is a worker under test.
type running struct {
	w      *Worker
	cancel context.CancelFunc
	done   chan error
	wire   *wire
}

func (b *bank) options() Options {
	return Options{
		Namespace:          b.ns,
		NewFold:            func(p int32) Fold { return newFakeFold(p) },
		Registry:           b.reg,
		Log:                zerolog.New(zerolog.NewTestWriter(b.t)).With().Timestamp().Logger().Level(zerolog.WarnLevel),
		CommitGap:          time.Millisecond,
		CommitEvery:        20 * time.Millisecond,
		SessionTimeout:     2 * time.Second,
		TransactionTimeout: 3 * time.Second,
		FenceAfter:         100 * time.Millisecond,
		StopTimeout:        300 * time.Millisecond,
		DrainChunk:         3,
		PollRecords:        50,
	}
}

// start runs a worker over a wire that the test can cut.
func (b *bank) start(change ...func(*Options)) *running {
	b.t.Helper()
	return b.startWired(&wire{}, change...)
}

func (b *bank) startWired(over *wire, change ...func(*Options)) *running {
	b.t.Helper()
	o := b.options()
	r := &running{wire: over, done: make(chan error, 1)}
	o.Kafka = []kgo.Opt{kgo.SeedBrokers(b.broker.Seeds...), kgo.Dialer(r.wire.dial), kgo.WithHooks(r.wire)}
	for _, c := range change {
		c(&o)
	}
	w, err := New(o)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.t.Context())
	r.w, r.cancel = w, cancel
	go func() { r.done <- w.Run(ctx) }()
	b.t.Cleanup(func() { _ = r.stop(); w.Close() })
	return r
}

// stop is an orderly end.
func (r *running) stop() error {
	r.cancel()
	err := <-r.done
	r.done <- err
	return err
}

// kill cuts every connection at once, as the death of the process would.
func (r *running) kill() {
	r.wire.cut()
	_ = r.stop()
}
