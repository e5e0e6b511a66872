package worker

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Stopping(m)) }

const testPartitions = 3

// bank is a broker with the topics and a client to write the log.
type bank struct {
	t       *testing.T
	broker  kafkatest.Broker
	ns      topics.Namespace
	cluster *kfake.Cluster // nil on Apache Kafka
	client  *kgo.Client
	admin   *kadm.Client
	reg     *memRegistry
	log     [testPartitions][]string
}

// onBoth runs a test on the broker in memory and on Apache Kafka.
func onBoth(t *testing.T, test func(t *testing.T, b *bank)) {
	t.Helper()
	kafkatest.Each(t, func(t *testing.T, k kafkatest.Broker) { test(t, newBankOn(t, k)) })
}

// newBank is in memory, where a test can change what the broker answers.
func newBank(t *testing.T) *bank {
	t.Helper()
	return newBankOn(t, kafkatest.Memory(t))
}

func newBankOn(t *testing.T, k kafkatest.Broker) *bank {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Seeds...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.UnknownTopicRetries(100))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	b := &bank{
		t: t, broker: k, ns: k.Namespace, cluster: k.Fake, client: client, admin: kadm.NewClient(client),
		reg: &memRegistry{owners: map[int32]string{}},
	}
	var made []string
	for _, s := range topics.Table() {
		settings := map[string]*string{}
		for key, value := range s.Settings() {
			settings[key] = &value
		}
		if _, err := b.admin.CreateTopic(t.Context(), s.Partitions(testPartitions), k.Replication, settings, b.ns.Topic(s.ID)); err != nil {
			t.Fatal(err)
		}
		made = append(made, b.ns.Topic(s.ID))
	}
	kafkatest.TopicsKnown(t, b.admin, made...)
	return b
}

// write appends to a partition of the log and remembers it for the oracle.
func (b *bank) write(partition int32, values ...string) {
	b.t.Helper()
	var rs []*kgo.Record
	for _, v := range values {
		rs = append(rs, &kgo.Record{Topic: b.ns.Topic(topics.Events), Partition: partition, Value: []byte(v)})
	}
	if err := b.client.ProduceSync(b.t.Context(), rs...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
	b.log[partition] = append(b.log[partition], values...)
}

// traffic writes n records of a few customers to each partition, with a close
// after every closeEvery of them.
func (b *bank) traffic(n, customers, closeEvery int) {
	for p := range int32(testPartitions) {
		var values []string
		for i := range n {
			values = append(values, fmt.Sprintf("rC%d-%d", p, (i*i+3*i)%customers))
			if closeEvery > 0 && i%closeEvery == closeEvery-1 {
				values = append(values, closeTag)
			}
		}
		b.write(p, values...)
	}
}

// said is the sequence of messages by topic and customer.
type said map[string][]string

func (s said) add(topic, customer, value string) {
	s[topic+" "+customer] = append(s[topic+" "+customer], value)
}

// expect folds the log naively.
func (b *bank) expect() (said, int) {
	want, n := said{}, 0
	for p, values := range b.log {
		f, out := newFakeFold(int32(p)), &fold.Outputs{}
		for i, v := range values {
			if v == "e" || v == "p" {
				break
			}
			if err := f.Apply(int64(i), []byte(v), out); err != nil {
				b.t.Fatal(err)
			}
		}
		for !f.Drain(1<<30, out) {
		}
		for _, o := range out.List {
			want.add(b.ns.Topic(outputTopics[o.Kind]), o.Customer, string(o.Value))
			n++
		}
	}
	return want, n
}

// read reads committed outputs until n have come.
func (b *bank) read(n int) said {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(b.broker.Seeds...),
		kgo.ConsumeTopics(b.outputNames()...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxWait(50*time.Millisecond),
	)
	if err != nil {
		b.t.Fatal(err)
	}
	defer client.Close()
	got, count := said{}, 0
	for count < n {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			b.t.Fatalf("read %d of %d outputs: %v", count, n, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			got.add(r.Topic, string(r.Key), string(r.Value))
			count++
		})
	}
	return got
}

// check compares all committed outputs with the oracle, per customer and in
// order. Call it when the workers have stopped, to see doubles too.
func (b *bank) check() {
	b.t.Helper()
	want, n := b.expect()
	compare(b.t, b.read(n), want)
	if visible := b.visible(); visible != n {
		b.t.Errorf("%d outputs are readable, want %d", visible, n)
	}
}

// visible counts every readable output.
func (b *bank) visible() int {
	b.t.Helper()
	n := 0
	for _, name := range b.outputNames() {
		n += b.countCommitted(name)
	}
	return n
}

func (b *bank) outputNames() []string {
	var names []string
	for _, id := range outputTopics {
		names = append(names, b.ns.Topic(id))
	}
	return names
}

// countCommitted counts the readable records of a topic up to its end.
func (b *bank) countCommitted(topic string) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	var ends kadm.ListedOffsets
	kafkatest.Until(b.t, "the ends of "+topic+" are told", func() bool { // a fenced leader has none
		var err error
		ends, err = b.admin.ListEndOffsets(ctx, topic)
		return err == nil && ends.Error() == nil
	})
	n := 0
	for p, end := range ends[topic] {
		if end.Offset == 0 {
			continue
		}
		client, err := kgo.NewClient(
			kgo.SeedBrokers(b.broker.Seeds...),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {p: kgo.NewOffset().At(0)}}),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
			kgo.FetchMaxWait(50*time.Millisecond),
		)
		if err != nil {
			b.t.Fatal(err)
		}
		for next := int64(0); next < end.Offset; {
			fetches := client.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				b.t.Fatalf("count %s: %v", topic, err)
			}
			fetches.EachRecord(func(r *kgo.Record) {
				next = r.Offset + 1
				if !r.Attrs.IsControl() {
					n++
				}
			})
		}
		client.Close()
	}
	return n
}

func compare(t *testing.T, got, want said) {
	t.Helper()
	for k, w := range want {
		if g := got[k]; !slices.Equal(g, w) {
			t.Errorf("%s: got %d messages %.200q, want %d %.200q", k, len(g), g, len(w), w)
		}
	}
	for k := range got {
		if want[k] == nil {
			t.Errorf("%s: %d messages nobody expected: %.200q", k, len(got[k]), got[k])
		}
	}
}
