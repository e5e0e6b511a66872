package kafka_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Stopping(m)) }

const partitions = 3

// bank is a broker with our topics and one of the bank's.
type bank struct {
	t       *testing.T
	ns      topics.Namespace
	source  string         // the bank's topic
	cluster *kfake.Cluster // nil on Apache Kafka
	kafka   []kgo.Opt
	client  *kgo.Client
}

// onBoth runs a test on the broker in memory and on Apache Kafka.
func onBoth(t *testing.T, test func(t *testing.T, b *bank)) {
	t.Helper()
	kafkatest.Each(t, func(t *testing.T, k kafkatest.Broker) { test(t, newBankOn(t, k)) })
}

func newBank(t *testing.T) *bank {
	t.Helper()
	return newBankOn(t, kafkatest.Memory(t))
}

func newBankOn(t *testing.T, k kafkatest.Broker) *bank {
	t.Helper()
	b := &bank{
		t: t, ns: k.Namespace, source: string(k.Namespace) + "-core.txn", cluster: k.Fake,
		// A topic just made may be unknown to a busy broker for a while.
		kafka: []kgo.Opt{kgo.SeedBrokers(k.Seeds...), kgo.FetchMaxWait(50 * time.Millisecond), kgo.UnknownTopicRetries(100)},
	}
	b.client = b.open(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(64<<20), kgo.MaxBufferedBytes(256<<20))
	admin := kadm.NewClient(b.client)
	create := func(name string, partitions int32, bytes int) {
		t.Helper()
		settings := map[string]*string{"max.message.bytes": new(strconv.Itoa(bytes))}
		if _, err := admin.CreateTopic(t.Context(), partitions, k.Replication, settings, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range topics.Table() {
		create(b.ns.Topic(s.ID), s.Partitions(partitions), s.MaxMessageBytes)
	}
	create(b.source, 2, 64<<20)
	return b
}

func (b *bank) open(opts ...kgo.Opt) *kgo.Client {
	b.t.Helper()
	c, err := kgo.NewClient(append(append([]kgo.Opt(nil), b.kafka...), opts...)...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	return c
}

func (b *bank) send(partition int32, values ...string) {
	b.t.Helper()
	for _, v := range values {
		r := &kgo.Record{Topic: b.source, Partition: partition, Key: []byte("k"), Value: []byte(v)}
		if v == "" {
			r.Value = nil
		}
		if err := b.client.ProduceSync(b.t.Context(), r).FirstErr(); err != nil {
			b.t.Fatal(err)
		}
	}
}

// sendAll sends values without a wait between them.
func (b *bank) sendAll(partition int32, values ...string) {
	b.t.Helper()
	list := make([]*kgo.Record, len(values))
	for i, v := range values {
		list[i] = &kgo.Record{Topic: b.source, Partition: partition, Key: []byte("k"), Value: []byte(v)}
	}
	if err := b.client.ProduceSync(b.t.Context(), list...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

// toy accepts "CUSTOMER TIME", filters "skip" and "eod DAY", rejects the rest, and
// panics at "!".
type toy struct{ r pb.LogRecord }

func (d *toy) Row(row event.Row, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	text := string(row.Doc)
	var customer string
	var at int64
	if n, _ := fmt.Sscanf(text, "eod %d", &at); n == 1 {
		return event.Outcome{Verdict: event.Filtered, Reason: "end_of_day", EndOfDay: int32(at)}, nil
	}
	switch n, _ := fmt.Sscanf(text, "%s %d", &customer, &at); {
	case text == "!":
		panic("out of range")
	case text == "skip":
		return event.Outcome{Verdict: event.Filtered, Reason: "not_ours"}, nil
	case n != 2:
		return event.Outcome{Verdict: event.Rejected, Reject: &event.Reject{Cause: event.MalformedJSON, Field: "doc", Detail: "no"}}, nil
	}
	d.r.Transaction = &pb.Transaction{
		CustomerId: customer, EventTime: at,
		Origin: &pb.Origin{Name: row.Name, Partition: row.Partition, Position: row.Position},
	}
	if strings.HasPrefix(customer, "LONG") {
		d.r.Transaction.PurposeCode = strings.Repeat("x", topics.MaxRecordBytes)
	}
	if err := emit(&d.r); err != nil {
		return event.Outcome{}, err
	}
	return event.Outcome{Verdict: event.Accepted, Records: 1}, nil
}

type running struct {
	cancel context.CancelFunc
	done   chan error
}

func (b *bank) ingest(change ...func(*kafka.IngestOptions)) *running {
	b.t.Helper()
	o := kafka.IngestOptions{
		Name: "core", Source: b.kafka, Kafka: b.kafka, Topics: []string{b.source}, Namespace: b.ns,
		Writer:      kafka.WriterOptions{Partitions: partitions},
		NewDecoder:  func() (kafka.Decoder, error) { return &toy{}, nil },
		ReportEvery: 20 * time.Millisecond, SessionTimeout: 2 * time.Second, PollRecords: 20,
		Log: zerolog.New(zerolog.NewTestWriter(b.t)).Level(zerolog.WarnLevel),
	}
	for _, c := range change {
		c(&o)
	}
	in, err := kafka.NewIngest(o)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.t.Context())
	r := &running{cancel: cancel, done: make(chan error, 1)}
	go func() { r.done <- in.Run(ctx) }()
	b.t.Cleanup(func() { _ = r.stop() })
	return r
}

func (r *running) stop() error {
	r.cancel()
	err := <-r.done
	r.done <- err
	return err
}

// read reads n records of a topic.
func (b *bank) read(id topics.ID, n int) []*kgo.Record {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	client := b.open(kgo.ConsumeTopics(b.ns.Topic(id)), kgo.FetchMaxBytes(64<<20), kgo.FetchMaxPartitionBytes(64<<20))
	var list []*kgo.Record
	for len(list) < n {
		f := client.PollFetches(ctx)
		if err := f.Err(); err != nil {
			b.t.Fatalf("%s: %d of %d records: %v", id, len(list), n, err)
		}
		list = append(list, f.Records()...)
	}
	return list
}

func decodeLog(t *testing.T, r *kgo.Record) *pb.Transaction {
	t.Helper()
	var lr pb.LogRecord
	if err := lr.UnmarshalVT(r.Value); err != nil {
		t.Fatal(err)
	}
	return lr.Transaction
}
