package kafkatest

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Broker is a Kafka for one test. Its names are the test's own.
type Broker struct {
	Seeds     []string
	Namespace topics.Namespace
	// Replication is that of the topics.
	Replication int16
	// Fake is the broker in memory, for a test that interferes with its answers or
	// looks into it; nil for Apache Kafka.
	Fake *kfake.Cluster
}

// Each runs a test on the broker in memory and on one node of Apache Kafka.
func Each(t *testing.T, test func(*testing.T, Broker)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { test(t, Memory(t)) })
	t.Run("apache", func(t *testing.T) { test(t, Apache(t, 1)) })
}

// Memory is a broker in memory, which ends with the test.
func Memory(tb testing.TB, opts ...kfake.Opt) Broker {
	tb.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100 * time.Millisecond)}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(cluster.Close)
	return Broker{Seeds: cluster.ListenAddrs(), Namespace: topics.Namespace(Name()), Replication: 1, Fake: cluster}
}

// Apache is the shared Apache Kafka of 1 or 3 nodes.
func Apache(tb testing.TB, nodes int) Broker {
	tb.Helper()
	return Shared(tb, nodes).Broker()
}

// Broker is the cluster for one test.
func (c *Cluster) Broker() Broker {
	return Broker{Seeds: c.Seeds(), Namespace: topics.Namespace(Name()), Replication: int16(len(c.nodes))}
}
