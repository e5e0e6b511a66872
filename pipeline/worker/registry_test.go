package worker

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

func (b *bank) registry() *control.Registry {
	b.t.Helper()
	reg, err := control.NewRegistry([]kgo.Opt{kgo.SeedBrokers(b.broker.Seeds...)}, b.ns)
	if err != nil {
		b.t.Fatal(err)
	}
	return reg
}

// elsewhere0 is a registry in which partition 0 is claimed in another one.
type elsewhere0 struct {
	*memRegistry
	other *control.Registry
}

func (r elsewhere0) Claim(ctx context.Context, p int32, id string) error {
	if p == 0 {
		return r.other.Claim(ctx, p, id)
	}
	return r.memRegistry.Claim(ctx, p, id)
}

// TestAClaimThatIsNotAnsweredHoldsNobodyUp: neither the other partitions, nor a stop of
// the worker, which would wait in a callback of the group for as long.
func TestAClaimThatIsNotAnsweredHoldsNobodyUp(t *testing.T) {
	b, silent := newBank(t), newBank(t)
	claims := make(chan struct{})
	claiming := sync.OnceFunc(func() { close(claims) })
	silent.cluster.ControlKey(kmsg.Produce.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		silent.cluster.KeepControl()
		claiming()
		return nil, nil, true
	})
	reg := silent.registry()
	b.traffic(50, 5, 20)
	r := b.start(func(o *Options) { o.Registry = elsewhere0{b.reg, reg} })
	t.Cleanup(reg.Close) // before the worker is stopped once more
	<-claims
	b.withoutFirst(b.readOn)
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the worker waits for the claim of a partition")
	}
}

// TestAControlTopicThatCannotBeReadEndsTheFold: behind a record that cannot be read there
// may be records to leave out.
func TestAControlTopicThatCannotBeReadEndsTheFold(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		r := &kgo.Record{Topic: b.ns.Topic(topics.Control), Key: []byte("skip/0/7"), Value: []byte{0xff}}
		if err := b.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
		reg := b.registry()
		t.Cleanup(reg.Close)
		worker := b.start(func(o *Options) { o.Registry = reg })
		select {
		case err := <-worker.done:
			worker.done <- err
			if err == nil || !strings.Contains(err.Error(), "skip/0/7") || !strings.Contains(err.Error(), "upgrade") {
				t.Errorf("the fold ends with %v", err)
			}
		case <-time.After(time.Minute):
			t.Error("the fold goes on without what is parked")
		}
	})
}
