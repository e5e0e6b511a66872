package topology_test

import (
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/sources/control/topology"
)

// A broker that hears late of new topics is waited for: what starts next may ask it.
func TestNewTopicsAreKnownToAllBrokers(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	var created atomic.Bool
	var ignorant atomic.Int32
	ignorant.Store(3)
	cluster.ControlKey(kmsg.CreateTopics.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		created.Store(true)
		return nil, nil, false
	})
	cluster.ControlKey(kmsg.Metadata.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if !created.Load() || cluster.CurrentNode() != 2 || ignorant.Add(-1) < 0 {
			return nil, nil, false
		}
		in := req.(*kmsg.MetadataRequest)
		resp := in.ResponseKind().(*kmsg.MetadataResponse)
		for _, topic := range in.Topics {
			rt := kmsg.NewMetadataResponseTopic()
			rt.Topic, rt.ErrorCode = topic.Topic, kerr.UnknownTopicOrPartition.Code
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
	if err := topology.Ensure(t.Context(), client, topology.Options{Partitions: 4, Replication: 3}); err != nil {
		t.Fatal(err)
	}
	if n := ignorant.Load(); n >= 0 {
		t.Errorf("broker 2 still does not know the topics, %d times", n)
	}
}
