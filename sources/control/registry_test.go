package control

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestWhoIsStoppedDoesNotWaitForAnother: one partition asks a broker that is silent;
// another that waits behind it, and is taken away, ends at once.
func TestWhoIsStoppedDoesNotWaitForAnother(t *testing.T) {
	r, err := NewRegistry([]kgo.Opt{kgo.SeedBrokers("127.0.0.1:1")}, topics.Namespace("test"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.take(t.Context()); err != nil { // the first
		t.Fatal(err)
	}
	defer r.give()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, skips := r.Skips(stopped, 1)
	_, owner := r.Owner(stopped, 1)
	for asked, err := range map[string]error{"skips": skips, "owner": owner, "claim": r.Claim(stopped, 1, "id")} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that it was stopped", asked, err)
		}
	}
}

// TestAClaimThatIsStoppedDoesNotWaitForItsBroker: its record is on its way, and cannot be
// called back. Who comes next waits for his turn.
func TestAClaimThatIsStoppedDoesNotWaitForItsBroker(t *testing.T) {
	o := newOffice(t)
	sent := make(chan struct{})
	sends := sync.OnceFunc(func() { close(sent) })
	o.cluster.ControlKey(kmsg.Produce.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		o.cluster.KeepControl()
		sends()
		return nil, nil, true
	})
	r, err := NewRegistry(o.kafka, o.ns)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, stop := context.WithCancel(t.Context())
	claimed := make(chan error, 1)
	go func() { claimed <- r.Claim(ctx, 1, "id") }()
	<-sent
	stop()
	select {
	case err := <-claimed:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("claim: %v, want that it was stopped", err)
		}
	case <-time.After(10 * time.Second): // nothing ends it sooner
		t.Fatal("the claim waits for its broker")
	}
	if len(r.turn) != 1 {
		t.Error("another may use the topic while the record is on its way")
	}
}

// TestARecordThatCannotBeReadIsToldEachTime: the records behind it do not come again, and
// one of them may be a skip.
func TestARecordThatCannotBeReadIsToldEachTime(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		skip, err := (&pb.Skip{Partition: 1, Offset: 8}).MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		name := o.ns.Topic(topics.Control)
		err = o.client().ProduceSync(t.Context(),
			&kgo.Record{Topic: name, Key: []byte(skipKey(1, 7)), Value: []byte{0xff}},
			&kgo.Record{Topic: name, Key: []byte(skipKey(1, 8)), Value: skip},
		).FirstErr()
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewRegistry(o.kafka, o.ns)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // who waits for what does not come again
		defer cancel()
		for range 2 {
			list, skips := r.Skips(ctx, 1)
			_, owner := r.Owner(ctx, 1)
			for asked, err := range map[string]error{"skips": skips, "owner": owner} {
				if e, ok := errors.AsType[*lasting](err); !ok || !e.Lasting() || !errors.Is(err, errUnusable) {
					t.Errorf("%s: %v with %v, want that it cannot be read", asked, list, err)
				}
			}
		}
	})
}
