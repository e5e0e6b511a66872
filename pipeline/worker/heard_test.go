package worker

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A third member comes while the first joins again for the second: that round takes
// another partition of the first, who is not told of it. He lets it go all the same.
func TestASecondLossInOneRebalanceIsHeard(t *testing.T) {
	b := newBank(t)
	patient := func(o *Options) {
		unhurried(o)
		o.SessionTimeout = 30 * time.Second
	}
	first := b.start(patient)
	b.traffic(60, 5, 30)
	_, n := b.expect()
	b.read(n)

	member := b.onlyMember()
	again, third, known := make(chan struct{}), make(chan struct{}), map[string]bool{member: true}
	var mu sync.Mutex
	joins := 0
	b.cluster.ControlKey(kmsg.JoinGroup.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		mu.Lock()
		defer mu.Unlock()
		switch id := req.(*kmsg.JoinGroupRequest).MemberID; {
		case id == member:
			// Once for the second member, and once more without what it has left.
			if joins++; joins == 2 {
				close(again)
				b.cluster.SleepControl(func() { mu.Unlock(); <-third; mu.Lock() })
			}
		case id != "" && !known[id]:
			if known[id] = true; len(known) == 3 {
				close(third)
			}
		}
		return nil, nil, false
	})
	second := b.start(patient)
	<-again
	last := b.start(patient)
	eventually(t, func() bool {
		return first.holds(t) == 1 && second.holds(t) == 1 && last.holds(t) == 1
	})
	b.traffic(60, 5, 30)
	_, n = b.expect()
	b.read(n)
	for _, r := range []*running{first, second, last} {
		if lost := r.lost(t); lost != 0 {
			t.Errorf("%v incarnations are lost", lost)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
	}
	b.check()
}

// holds is how many partitions a worker has.
func (r *running) holds(t *testing.T) int {
	t.Helper()
	var m dto.Metric
	if err := r.w.o.Metrics.partitions.Write(&m); err != nil {
		t.Fatal(err)
	}
	return int(m.GetGauge().GetValue())
}

// Where the broker decides, no round of the group can be heard. One that nobody told of may
// have taken partitions, and ends the incarnation; the first one has none to take.
func TestARoundThatNobodyToldOfEndsTheIncarnation(t *testing.T) {
	nowhere := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	w, err := New(Options{
		Kafka: []kgo.Opt{kgo.SeedBrokers("localhost:9092"), kgo.Dialer(nowhere)}, Namespace: ns, Protocol: Consumer,
		NewFold: func(p int32) Fold { return newFakeFold(p) }, Registry: &memRegistry{}, Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := newSession(w, "txn")
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for i, round := range []struct{ told, silent bool }{{false, false}, {true, false}, {true, false}, {false, true}} {
		if round.told {
			s.onRevoked(t.Context(), s.kafka.Client(), nil)
			s.revoked = false // there is no transaction to clear
		}
		s.onAssigned(t.Context(), s.kafka.Client(), nil)
		if err := s.hold(t.Context()); errors.Is(err, errSilent) != round.silent || err != nil && !round.silent {
			t.Errorf("behind round %d, told of: %t, hold ends with %v", i+1, round.told, err)
		}
	}
}
