package examples_test

import (
	"context"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
	ch "github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// outputTopics are the topics of those outputs that say which events count.
var outputTopics = map[fold.Kind]topics.ID{fold.KindVerdict: topics.Verdicts, fold.KindDeadLetter: topics.DLQ}

// warehouse carries a history and the verdicts about it into ClickHouse, by
// way of a broker and the sink.
func warehouse(t *testing.T, h *history, s *said, db string) driver.Conn {
	t.Helper()
	server := warehouseEngine(t)
	o := ch.ConnOptions{Addrs: []string{server.Addr()}, Database: db, User: server.User(), Password: server.Password()}
	admin, err := ch.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ch.Migrate(t.Context(), admin, db, ch.Cluster{}); err != nil {
		t.Fatal(err)
	}
	if err := admin.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(&clickhouse.Options{
		Addr: o.Addrs, Auth: clickhouse.Auth{Database: db, Username: o.User, Password: o.Password},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	seeds := brokers(t)
	client, err := kgo.NewClient(kgo.SeedBrokers(seeds...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(5*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	publish(t, client, h, s)
	carry(t, client, ch.Config{Conn: o, Kafka: []kgo.Opt{kgo.SeedBrokers(seeds...)}, Interval: 100 * time.Millisecond, Logger: zerolog.Nop()})
	return conn
}

// brokers starts a broker in this process, with the topics of a deployment.
func brokers(t *testing.T) []string {
	t.Helper()
	opts := []kfake.Opt{kfake.NumBrokers(1)}
	for _, spec := range topics.Table() {
		opts = append(opts, kfake.SeedTopics(spec.Partitions(partitions), topics.DefaultNamespace.Topic(spec.ID)))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()
}

// publish writes the log and the verdicts, each into its partition, in order.
func publish(t *testing.T, client *kgo.Client, h *history, s *said) {
	t.Helper()
	failed := make(chan error, 1)
	put := func(id topics.ID, partition int, value []byte) {
		r := &kgo.Record{Topic: topics.DefaultNamespace.Topic(id), Partition: int32(partition), Value: value}
		client.Produce(t.Context(), r, func(_ *kgo.Record, err error) {
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	for part := range partitions {
		for i := range h.records {
			if r := &h.records[i]; r.partition == control || r.partition == part {
				put(topics.Events, part, r.value)
			}
		}
		for kind, id := range outputTopics {
			for _, value := range s.outputs[part][kind] {
				put(id, part, value)
			}
		}
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
}

// carry runs the sink until everything published has arrived.
func carry(t *testing.T, client *kgo.Client, cfg ch.Config) {
	t.Helper()
	sink, err := ch.NewSink(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sink.Run(ctx) }()
	wait, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	admin := kadm.NewClient(client)
	targets, err := ch.Ends(wait, admin, topics.DefaultNamespace)
	if err == nil {
		err = ch.WaitPassed(wait, admin, topics.DefaultNamespace, targets)
	}
	stop()
	if ran := <-done; ran != nil {
		t.Error(ran)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// stored counts what the warehouse holds of the log.
func stored(t *testing.T, conn driver.Conn, db string) (positions, ids uint64) {
	t.Helper()
	counts, err := ch.NewReader(conn, db).Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		positions += c.Positions
		ids += c.IDs
	}
	return positions, ids
}
