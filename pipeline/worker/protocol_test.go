package worker

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

func byTheBroker(o *Options) { o.Protocol = Consumer }

// With the newer protocol of groups: a second worker comes, the first stops, a third
// comes and the second dies. Nothing is lost and nothing doubled.
func TestTheBrokerSharesThePartitionsOut(t *testing.T) {
	b := newBankOn(t, kafkatest.Shared(t, 1).Broker())
	more := func() {
		b.traffic(200, 7, 50)
		_, n := b.expect()
		b.read(n)
	}
	first := b.start(byTheBroker)
	more()
	second := b.start(byTheBroker)
	b.shared(2)
	more()
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	b.shared(1)
	more()
	third := b.start(byTheBroker)
	b.shared(2)
	second.kill()
	more() // when the dead one's session and transaction have timed out
	b.shared(1)
	if err := third.stop(); err != nil {
		t.Fatal(err)
	}
	b.check()
	if list, err := Members(t.Context(), b.admin, b.ns.Group("fold")); err != nil || len(list) != 0 {
		t.Errorf("members %v are left, error %v", list, err)
	}
}

// A static member that stops and comes again has his partitions back; meanwhile he is a
// member all the same.
func TestAStaticMemberComesBackToTheBroker(t *testing.T) {
	b := newBankOn(t, kafkatest.Shared(t, 1).Broker())
	static := func(o *Options) { o.Protocol, o.InstanceID, o.SessionTimeout = Consumer, "one", 30*time.Second }
	for range 3 {
		r := b.start(static)
		b.traffic(60, 5, 30)
		_, n := b.expect()
		b.read(n)
		if lost := r.lost(t); lost != 0 {
			t.Errorf("%v times he was refused as long as his old session lasted", lost)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		list, err := Members(t.Context(), b.admin, b.ns.Group("fold"))
		if err != nil || len(list) != 1 || list[0].Instance != "one" {
			t.Fatalf("members %v, error %v; want the static one", list, err)
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
