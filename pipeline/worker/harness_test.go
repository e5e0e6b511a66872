package worker

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testPartitions = 3

var ns = topics.Namespace("test")

// bank is a broker with the topics and a client to write the log.
type bank struct {
	t       *testing.T
	cluster *kfake.Cluster
	client  *kgo.Client
	reg     *memRegistry
	log     [testPartitions][]string
}

func newBank(t *testing.T) *bank {
	t.Helper()
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.GroupMinSessionTimeout(100*time.Millisecond),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	for _, s := range topics.Table() {
		settings := map[string]string{"max.message.bytes": fmt.Sprint(s.MaxMessageBytes)}
		if err := cluster.CreateTopic(ns.Topic(s.ID), s.Partitions(testPartitions), settings); err != nil {
			t.Fatal(err)
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &bank{t: t, cluster: cluster, client: client, reg: &memRegistry{owners: map[int32]string{}}}
}

// write appends to a partition of the log and remembers it for the oracle.
func (b *bank) write(partition int32, values ...string) {
	b.t.Helper()
	var rs []*kgo.Record
	for _, v := range values {
		rs = append(rs, &kgo.Record{Topic: ns.Topic(topics.Events), Partition: partition, Value: []byte(v)})
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
			want.add(ns.Topic(outputTopics[o.Kind]), o.Customer, string(o.Value))
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
		kgo.SeedBrokers(b.cluster.ListenAddrs()...),
		kgo.ConsumeTopics(outputNames()...),
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
	for _, name := range outputNames() {
		n += b.countCommitted(name)
	}
	return n
}

func outputNames() []string {
	var names []string
	for _, id := range outputTopics {
		names = append(names, ns.Topic(id))
	}
	return names
}

// countCommitted counts the readable records of a topic up to its end.
func (b *bank) countCommitted(topic string) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	ends, err := kadm.NewClient(b.client).ListEndOffsets(ctx, topic)
	if err != nil {
		b.t.Fatal(err)
	}
	n := 0
	for p, end := range ends[topic] {
		if end.Offset == 0 {
			continue
		}
		client, err := kgo.NewClient(
			kgo.SeedBrokers(b.cluster.ListenAddrs()...),
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

// running is a worker under test.
type running struct {
	w      *Worker
	cancel context.CancelFunc
	done   chan error
	wire   *wire
}

func (b *bank) options() Options {
	return Options{
		Namespace:          ns,
		NewFold:            func(p int32) Fold { return newFakeFold(p) },
		Registry:           b.reg,
		Log:                zerolog.New(zerolog.NewTestWriter(b.t)).With().Timestamp().Logger().Level(zerolog.WarnLevel),
		CommitGap:          time.Millisecond,
		CommitEvery:        20 * time.Millisecond,
		SessionTimeout:     2 * time.Second,
		TransactionTimeout: 3 * time.Second,
		FenceAfter:         100 * time.Millisecond,
		StopTimeout:        300 * time.Millisecond,
		DrainChunk:         3,
		PollRecords:        50,
	}
}

// start runs a worker over a wire that the test can cut.
func (b *bank) start(change ...func(*Options)) *running {
	b.t.Helper()
	o := b.options()
	for _, c := range change {
		c(&o)
	}
	r := &running{wire: &wire{}, done: make(chan error, 1)}
	o.Kafka = []kgo.Opt{kgo.SeedBrokers(b.cluster.ListenAddrs()...), kgo.Dialer(r.wire.dial)}
	w, err := New(o)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.t.Context())
	r.w, r.cancel = w, cancel
	go func() { r.done <- w.Run(ctx) }()
	b.t.Cleanup(func() { _ = r.stop(); w.Close() })
	return r
}

// stop is an orderly end.
func (r *running) stop() error {
	r.cancel()
	err := <-r.done
	r.done <- err
	return err
}

// kill cuts every connection at once, as the death of the process would.
func (r *running) kill() {
	r.wire.cut()
	_ = r.stop()
}

// wire is a network that can be cut.
type wire struct {
	mu    sync.Mutex
	dead  bool
	conns []net.Conn
}

func (w *wire) dial(ctx context.Context, network, host string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, host)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && w.dead {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	w.conns = append(w.conns, c)
	return c, err
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = true
	for _, c := range w.conns {
		if c != nil {
			_ = c.Close()
		}
	}
}

// memRegistry is the control topic's part in memory.
type memRegistry struct {
	mu     sync.Mutex
	owners map[int32]string
	skips  map[int32][]int64
}

func (m *memRegistry) Claim(_ context.Context, p int32, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owners[p] = id
	return nil
}

func (m *memRegistry) Owner(_ context.Context, p int32) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.owners[p], nil
}

func (m *memRegistry) Skips(_ context.Context, p int32) ([]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.skips[p], nil
}

func contains(s, part string) bool { return strings.Contains(s, part) }
