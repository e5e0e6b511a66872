package worker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

func byTheBroker(o *Options) { o.Protocol = Consumer }

// unhurried is for a test that counts lost incarnations or has members leave: on a slow
// machine a commit that a rebalance waits for ends in a quarter of the session all the
// same, and who stops tells the group.
func unhurried(o *Options) {
	o.SessionTimeout, o.TransactionTimeout, o.StopTimeout = 10*time.Second, 30*time.Second, 10*time.Second
}

// With the newer protocol of groups: a second worker comes, the first stops, a third
// comes and the second dies. Nothing is lost and nothing doubled.
func TestTheBrokerSharesThePartitionsOut(t *testing.T) {
	b := newBankOn(t, kafkatest.Shared(t, 1).Broker())
	first := b.start(byTheBroker, unhurried)
	b.meanwhile(func() { b.shared(1) })
	dies := func(o *Options) { o.StopTimeout = 300 * time.Millisecond } // it has nobody to tell
	second := b.start(byTheBroker, unhurried, dies)
	b.meanwhile(func() { b.shared(2) })
	for _, r := range []*running{first, second} {
		if lost := r.lost(t); lost != 0 {
			t.Errorf("%v incarnations were lost when a second one came", lost)
		}
	}
	b.meanwhile(func() {
		if err := first.stop(); err != nil {
			t.Error(err)
		}
		b.shared(1)
	})
	third := b.start(byTheBroker, unhurried)
	b.meanwhile(func() { b.shared(2) })
	for _, r := range []*running{second, third} {
		if lost := r.lost(t); lost != 0 {
			t.Errorf("%v incarnations were lost when one stopped and one came", lost)
		}
	}
	second.kill()
	b.meanwhile(func() { b.shared(1) }) // when the dead one's session and transaction have timed out
	if err := third.stop(); err != nil {
		t.Fatal(err)
	}
	b.check()
	kafkatest.Until(t, "no member is left", func() bool {
		list, err := Members(t.Context(), b.admin, b.ns.Group("fold"))
		return err == nil && len(list) == 0
	})
}

// meanwhile lets records come all the time until something has happened, and all of them
// be folded.
func (b *bank) meanwhile(happens func()) {
	b.t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); happens() }()
	tick := time.NewTicker(5 * time.Millisecond) // all of it is read in the end
	defer tick.Stop()
	for {
		b.traffic(20, 7, 10)
		select {
		case <-done:
			_, n := b.expect()
			b.read(n)
			return
		case <-tick.C:
		}
	}
}

// A static member that stops and comes again has his partitions back: nobody else's move,
// and meanwhile he is a member all the same.
func TestAStaticMemberComesBack(t *testing.T) {
	t.Run("classic", func(t *testing.T) { onBoth(t, func(t *testing.T, b *bank) { comesBack(t, b, Classic) }) })
	t.Run("consumer", func(t *testing.T) { comesBack(t, newBankOn(t, kafkatest.Shared(t, 1).Broker()), Consumer) })
}

func comesBack(t *testing.T, b *bank, by Protocol) {
	t.Helper()
	var his, theirs journal
	set := func(o *Options) {
		unhurried(o)
		o.Protocol, o.SessionTimeout = by, 30*time.Second
	}
	static := func(o *Options) { o.InstanceID, o.Log = "one", zerolog.New(&his) }
	more := func() {
		b.traffic(60, 5, 30)
		_, n := b.expect()
		b.read(n)
	}
	r := b.start(set, static)
	more()
	other := b.start(set, func(o *Options) { o.Log = zerolog.New(&theirs) })
	moved := 0
	eventually(t, func() bool {
		moved = len(theirs.with("partition replayed"))
		return moved > 0
	})
	more()
	for range 2 {
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		list, err := Members(t.Context(), b.admin, b.ns.Group("fold"))
		if err != nil || len(list) != 2 || !slices.ContainsFunc(list, func(m Member) bool { return m.Instance == "one" }) {
			t.Fatalf("members %v, error %v; want the static one among two", list, err)
		}
		his.forget()
		r = b.start(set, static)
		more()
		if n := len(his.with("partition replayed")); n != testPartitions-moved {
			t.Errorf("he has %d partitions back, want %d", n, testPartitions-moved)
		}
		if lost := r.lost(t); lost != 0 {
			t.Errorf("%v times he was refused as long as his old session lasted", lost)
		}
	}
	if n := len(theirs.with("partition replayed")); n != moved {
		t.Errorf("%d partitions of the other one moved", n-moved)
	}
	for _, w := range []*running{r, other} {
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
	}
	b.check()
}

// shared waits until so many members share all partitions out among them.
func (b *bank) shared(members int) {
	b.t.Helper()
	kafkatest.Until(b.t, "the partitions are shared out", func() bool {
		list, err := Members(b.t.Context(), b.admin, b.ns.Group("fold"))
		if err != nil || len(list) != members {
			return false
		}
		groups, err := b.admin.DescribeConsumerGroups(b.t.Context(), b.ns.Group("fold"))
		if err != nil {
			return false
		}
		held := 0
		g := groups[b.ns.Group("fold")]
		for _, m := range g.Members {
			n := 0
			for _, partitions := range m.Assignment {
				n += len(partitions)
			}
			if n == 0 {
				return false
			}
			held += n
		}
		return g.State == "Stable" && held == testPartitions
	})
}

// What the brokers cannot do is said at the start, with its remedy.
func TestAProtocolThatBrokersDoNotTakeIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		broker func(t *testing.T) kafkatest.Broker
		set    func(*Options)
		want   []string
	}{
		{
			"old",
			func(t *testing.T) kafkatest.Broker {
				t.Helper()
				return kafkatest.Memory(t, kfake.MaxVersions(kversion.V3_6_0()))
			},
			byTheBroker,
			[]string{"Kafka 4.0", "fold.group_protocol: classic"},
		},
		{
			"session",
			func(t *testing.T) kafkatest.Broker { t.Helper(); return kafkatest.Shared(t, 1).Broker() },
			func(o *Options) { o.Protocol, o.SessionTimeout = Consumer, 500*time.Millisecond },
			[]string{"500ms", "kafka.session_timeout", "group.consumer.min.session.timeout.ms"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBankOn(t, tc.broker(t))
			r := b.start(tc.set)
			err := <-r.done
			r.done <- err
			if err == nil {
				t.Fatal("nothing is refused")
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not name %q", err, part)
				}
			}
		})
	}
}
