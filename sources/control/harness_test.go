package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control/topology"
	"github.com/tierwatch/tierwatch/sources/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Stopping(m)) }

const partitions = 3

// office is a broker with the topics.
type office struct {
	t       *testing.T
	ns      topics.Namespace
	cluster *kfake.Cluster // nil on Apache Kafka
	kafka   []kgo.Opt
	cal     *event.Calendar
}

// onBoth runs a test on the broker in memory and on Apache Kafka.
func onBoth(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	kafkatest.Each(t, func(t *testing.T, k kafkatest.Broker) { test(t, newOfficeOn(t, k)) })
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return newOfficeOn(t, kafkatest.Memory(t))
}

func newOfficeOn(t *testing.T, k kafkatest.Broker) *office {
	t.Helper()
	o := &office{
		t: t, ns: k.Namespace, cluster: k.Fake,
		kafka: []kgo.Opt{kgo.SeedBrokers(k.Seeds...), kgo.FetchMaxWait(50 * time.Millisecond), kgo.MetadataMinAge(time.Second), kgo.UnknownTopicRetries(100)},
	}
	client := o.client()
	if err := topology.Ensure(t.Context(), client, topology.Options{Namespace: o.ns, Partitions: partitions, Replication: k.Replication}); err != nil {
		t.Fatal(err)
	}
	var err error
	if o.cal, err = event.NewCalendar("Asia/Shanghai", "", "CNY"); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) client(opts ...kgo.Opt) *kgo.Client {
	o.t.Helper()
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), o.kafka...), opts...)...)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(client.Close)
	return client
}

func (o *office) topic() *Topic {
	o.t.Helper()
	topic, err := OpenTopic(o.kafka, o.ns)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(topic.Close)
	return topic
}

func engine() *pb.Engine {
	return &pb.Engine{Version: 1, BaseCurrency: "CNY", TimeZone: "Asia/Shanghai", Clock: "wall"}
}

// at is a local time in the deployment's zone.
func at(text string) time.Time {
	loc, _ := time.LoadLocation("Asia/Shanghai")
	t, err := time.ParseInLocation("2006-01-02 15:04:05", text, loc)
	if err != nil {
		panic(err)
	}
	return t
}

func (o *office) day(text string) int32 { return o.cal.BusinessDay(at(text + " 12:00:00").Unix()) }

// handClock stands still until it is set.
type handClock struct {
	mu    sync.Mutex
	now   time.Time
	waits map[chan struct{}]time.Time
}

func newHandClock(now time.Time) *handClock {
	return &handClock{now: now, waits: map[chan struct{}]time.Time{}}
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) At(t time.Time) (<-chan struct{}, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan struct{})
	if !t.After(c.now) {
		close(ch)
		return ch, func() {}
	}
	c.waits[ch] = t
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waits, ch)
	}
}

func (c *handClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
	for ch, due := range c.waits {
		if !due.After(t) {
			close(ch)
			delete(c.waits, ch)
		}
	}
}

// jump sets it and wakes nobody: who waits for a time notices with the next news.
func (c *handClock) jump(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// reader reads the log, each partition in order.
type reader struct {
	o      *office
	client *kgo.Client
	got    [partitions][]string
	closes [partitions][]*pb.Close
}

func (o *office) reader() *reader {
	return &reader{o: o, client: o.client(kgo.ConsumeTopics(o.ns.Topic(topics.Events)))}
}

// patience bounds how long no record may come: a test may read any number of them.
const patience = 2 * time.Minute

// until reads until every partition has come to a record that shows as last.
func (r *reader) until(last string) {
	r.o.t.Helper()
	ctx, cancel := context.WithCancel(r.o.t.Context())
	defer cancel()
	limit := time.AfterFunc(patience, cancel)
	defer limit.Stop()
	reached := func() bool {
		for _, list := range r.got {
			if len(list) == 0 || !contains(list, last) {
				return false
			}
		}
		return true
	}
	for !reached() {
		fetches := r.client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			r.o.t.Fatalf("waiting for %q, have %q: %v", last, r.got, err)
		}
		fetches.EachRecord(func(rec *kgo.Record) {
			limit.Reset(patience)
			r.got[rec.Partition] = append(r.got[rec.Partition], r.o.show(rec))
			if c := r.o.decode(rec).Close; c != nil {
				r.closes[rec.Partition] = append(r.closes[rec.Partition], c)
			}
		})
	}
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

func (o *office) decode(rec *kgo.Record) *pb.LogRecord {
	r := new(pb.LogRecord)
	if err := r.UnmarshalVT(rec.Value); err != nil {
		o.t.Fatal(err)
	}
	return r
}

// show renders a record without its term.
func (o *office) show(rec *kgo.Record) string {
	r := o.decode(rec)
	date := func(d int32) string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }
	switch {
	case r.Term != nil:
		return "term " + r.Term.Mode.String()
	case r.Engine != nil:
		return "engine " + r.Engine.TimeZone
	case r.Policy != nil:
		return fmt.Sprintf("policy %s %d from %s", r.Policy.Name, r.Policy.Version, date(r.Policy.EffectiveDay))
	case r.Tick != nil:
		return "tick " + time.Unix(r.Tick.At+int64(r.Tick.UtcOffset), 0).UTC().Format("2006-01-02 15:04")
	case r.Close != nil:
		return "close " + date(r.Close.Day)
	case r.Handover != nil:
		return "handover " + date(r.Handover.Day)
	case r.Rates != nil:
		var units []string
		for _, u := range r.Rates.Rates {
			units = append(units, u.Unit)
		}
		return "rates " + date(r.Rates.Day) + " " + strings.Join(units, ",")
	}
	return "customer " + string(rec.Key)
}

// serving is a conductor under test.
type serving struct {
	cancel context.CancelFunc
	done   chan error
}

func (o *office) conductor(clock Clock, change ...func(*Options)) *serving {
	o.t.Helper()
	opts := Options{
		Kafka: o.kafka, Namespace: o.ns, Partitions: partitions, Calendar: o.cal, Clock: clock,
		Engine: engine(), Holder: "test", SessionTimeout: 2 * time.Second,
		Log: zerolog.New(zerolog.NewTestWriter(o.t)).Level(zerolog.WarnLevel),
	}
	for _, c := range change {
		c(&opts)
	}
	c, err := NewConductor(opts)
	if err != nil {
		o.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(o.t.Context())
	s := &serving{cancel: cancel, done: make(chan error, 1)}
	go func() { s.done <- c.Run(ctx) }()
	o.t.Cleanup(func() { _ = s.stop() })
	return s
}

func (s *serving) stop() error {
	s.cancel()
	err := <-s.done
	s.done <- err
	return err
}

func (o *office) publish(version uint32, effective string) {
	o.t.Helper()
	p := &pb.PolicyPublication{Name: "retail", Version: version, Yaml: []byte("policy: retail")}
	if effective != "" {
		p.EffectiveDay = o.day(effective)
	}
	if err := o.topic().PublishPolicy(o.t.Context(), p); err != nil {
		o.t.Fatal(err)
	}
}

// saved waits until the conductor has noted that the TICK is everywhere.
func (o *office) saved(tick string) {
	o.t.Helper()
	topic := o.topic()
	for topic.Table().Time.GetTickAt() < at(tick).Unix() {
		if err := topic.Follow(o.t.Context()); err != nil {
			o.t.Fatal(err)
		}
	}
}

func (o *office) report(p *pb.SourceProgress) {
	o.t.Helper()
	value, err := (&pb.Report{Source: p}).MarshalVT()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.client().ProduceSync(o.t.Context(), &kgo.Record{Topic: o.ns.Topic(topics.Reports), Value: value}).FirstErr(); err != nil {
		o.t.Fatal(err)
	}
}
