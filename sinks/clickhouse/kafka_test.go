package clickhouse

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// marshaler is any record of the schemas.
type marshaler interface{ MarshalVT() ([]byte, error) }

// kafka is a broker with the topics of a deployment.
type kafka struct {
	tb      testing.TB
	seeds   []string
	ns      topics.Namespace
	cluster *kfake.Cluster // nil on Apache Kafka
	client  *kgo.Client
	admin   *kadm.Client
}

const testPartitions = 3

// onBoth runs a test on the broker in memory and on Apache Kafka.
func onBoth(t *testing.T, test func(t *testing.T, k *kafka)) {
	t.Helper()
	kafkatest.Each(t, func(t *testing.T, b kafkatest.Broker) { test(t, newKafkaOn(t, b)) })
}

func newKafka(tb testing.TB) *kafka {
	tb.Helper()
	b := kafkatest.Memory(tb)
	b.Namespace = topics.DefaultNamespace // nobody shares it
	return newKafkaOn(tb, b)
}

func newKafkaOn(tb testing.TB, b kafkatest.Broker) *kafka {
	tb.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Seeds...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		// A topic just made may be unknown to a busy broker for a while.
		kgo.UnknownTopicRetries(100), kgo.TransactionalID(string(b.Namespace)+"-writer"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	k := &kafka{tb: tb, seeds: b.Seeds, ns: b.Namespace, cluster: b.Fake, client: client, admin: kadm.NewClient(client)}
	// The records are of long ago: by its usual retention Apache Kafka would delete the
	// first transaction of each partition, which is a segment of its own beside the
	// marker, that is of today.
	kept := map[string]*string{"retention.ms": new("-1")}
	for _, spec := range topics.Table() {
		if _, err := k.admin.CreateTopic(tb.Context(), spec.Partitions(testPartitions), b.Replication, kept, k.ns.Topic(spec.ID)); err != nil {
			tb.Fatal(err)
		}
	}
	return k
}

// put writes records into one partition of a topic, in a transaction that commits
// or not, and returns the offset of the first.
func (k *kafka) put(id topics.ID, partition int32, commit kgo.TransactionEndTry, list ...marshaler) int64 {
	k.tb.Helper()
	if err := k.client.BeginTransaction(); err != nil {
		k.tb.Fatal(err)
	}
	first := int64(-1)
	for _, m := range list {
		value, err := m.MarshalVT()
		if err != nil {
			k.tb.Fatal(err)
		}
		r := &kgo.Record{Topic: k.ns.Topic(id), Partition: partition, Value: value, Timestamp: time.Unix(1_750_000_000, 0)}
		if err := k.client.ProduceSync(k.tb.Context(), r).FirstErr(); err != nil {
			k.tb.Fatal(err)
		}
		if first < 0 {
			first = r.Offset
		}
	}
	if err := k.client.EndTransaction(k.tb.Context(), commit); err != nil {
		k.tb.Fatal(err)
	}
	return first
}

// raw is a record that is no message.
type raw []byte

func (r raw) MarshalVT() ([]byte, error) { return r, nil }

// config is a sink's configuration against this broker and database db.
func (k *kafka) config(db string) Config {
	return Config{
		Conn:      connOptions(k.tb, db),
		Kafka:     []kgo.Opt{kgo.SeedBrokers(k.seeds...)},
		Namespace: k.ns,
		Interval:  50 * time.Millisecond, Logger: zerolog.New(zerolog.NewTestWriter(k.tb)), Registerer: prometheus.NewRegistry(),
	}
}

// run starts a sink and returns a function that stops it and waits.
func run(tb testing.TB, cfg Config) (stop func()) {
	tb.Helper()
	return runThrough(tb, cfg, func(to inserter) inserter { return to })
}

// runThrough starts a sink whose inserts go through another inserter.
func runThrough(tb testing.TB, cfg Config, through func(inserter) inserter) (stop func()) {
	tb.Helper()
	s, err := NewSink(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	s.conn = through(s.conn)
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			tb.Errorf("sink: %v", err)
		}
	}
	tb.Cleanup(stop)
	return stop
}

// caughtUp waits until the sink's group has passed the present end of every topic.
func (k *kafka) caughtUp() {
	k.tb.Helper()
	k.caughtUpWithin(patience)
}

func (k *kafka) caughtUpWithin(limit time.Duration) {
	k.tb.Helper()
	ctx, cancel := context.WithTimeout(k.tb.Context(), limit)
	defer cancel()
	targets, err := Ends(ctx, k.admin, k.ns)
	if err != nil {
		k.tb.Fatal(err)
	}
	if err := WaitPassed(ctx, k.admin, k.ns, targets); err != nil {
		k.tb.Fatal(err)
	}
}
