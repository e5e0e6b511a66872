package worker

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A broker falls silent while state is read. What was read is a beginning, and of a
// compacted topic no state: that is an error, unless the broker answers and has nothing
// more to give.
func TestASilentBrokerIsNotTheEndOfTheState(t *testing.T) {
	for name, dumb := range map[string]bool{"dumb": true, "answers and gives nothing": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { falls(t, dumb) })
		})
	}
}

func falls(t *testing.T, dumb bool) {
	t.Helper()
	var network kfake.VirtualNetwork
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(network.Listen), kfake.Ports(9092), kfake.SeedTopics(1, "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	opts := []kgo.Opt{kgo.SeedBrokers("localhost:9092"), kgo.Dialer(func(ctx context.Context, n, host string) (net.Conn, error) {
		return network.DialContext(ctx, n, host)
	})}
	client, err := kgo.NewClient(append(opts, kgo.ProducerLinger(0))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for range 3 {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "state", Key: []byte("k"), Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	cluster.ControlKey(kmsg.Fetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		return nil, nil, true
	})
	var asked atomic.Int32
	cluster.ControlKey(kmsg.ListOffsets.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		return nil, nil, asked.Add(1) > 2 && dumb // start and end are told
	})
	r := StateReader{Kafka: opts, Topic: "state", poll: 100}
	_, short, err := r.Read(t.Context(), func(_, _ []byte) {})
	if short == dumb || (err != nil) != dumb {
		t.Errorf("short %t, error %v", short, err)
	}
}
