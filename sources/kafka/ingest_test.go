package kafka_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ns         = topics.Namespace("test")
	partitions = 3
)

// bank is a broker with our topics and one of the bank's.
type bank struct {
	t       *testing.T
	cluster *kfake.Cluster
	kafka   []kgo.Opt
	client  *kgo.Client
}

func newBank(t *testing.T) *bank {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	for _, s := range topics.Table() {
		if err := cluster.CreateTopic(ns.Topic(s.ID), s.Partitions(partitions), map[string]string{"max.message.bytes": fmt.Sprint(s.MaxMessageBytes)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := cluster.CreateTopic("core.txn", 2, map[string]string{"max.message.bytes": "67108864"}); err != nil {
		t.Fatal(err)
	}
	b := &bank{t: t, cluster: cluster, kafka: []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.FetchMaxWait(50 * time.Millisecond)}}
	b.client = b.open(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(64<<20), kgo.MaxBufferedBytes(256<<20))
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
		r := &kgo.Record{Topic: "core.txn", Partition: partition, Key: []byte("k"), Value: []byte(v)}
		if v == "" {
			r.Value = nil
		}
		if err := b.client.ProduceSync(b.t.Context(), r).FirstErr(); err != nil {
			b.t.Fatal(err)
		}
	}
}

// toy accepts "CUSTOMER TIME", filters "skip", rejects the rest, panics at "!".
type toy struct{ r pb.LogRecord }

func (d *toy) Row(row event.Row, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	text := string(row.Doc)
	var customer string
	var at int64
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
		Name: "core", Source: b.kafka, Kafka: b.kafka, Topics: []string{"core.txn"}, Namespace: ns,
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
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	client := b.open(kgo.ConsumeTopics(ns.Topic(id)), kgo.FetchMaxBytes(64<<20), kgo.FetchMaxPartitionBytes(64<<20))
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

func TestAcceptedGoToTheLogRejectedToTheDeadLetters(t *testing.T) {
	b := newBank(t)
	big := strings.Repeat("x", 10<<20)
	b.send(0, "A 100", "nonsense", "", "skip", "B 200", "!")
	b.send(1, "A 300", "LONG 400", big, "C 500")
	r := b.ingest()

	log := b.read(topics.Events, 4)
	perCustomer := map[string][]int64{}
	for _, rec := range log {
		txn := decodeLog(t, rec)
		if string(rec.Key) != txn.CustomerId {
			t.Errorf("key %q of customer %q", rec.Key, txn.CustomerId)
		}
		perCustomer[txn.CustomerId] = append(perCustomer[txn.CustomerId], txn.EventTime)
	}
	if len(perCustomer["A"]) != 2 || len(perCustomer["B"]) != 1 || len(perCustomer["C"]) != 1 {
		t.Errorf("log: %v", perCustomer)
	}
	letters := map[string]*pb.DeadLetter{}
	for _, rec := range b.read(topics.DLQ, 4) {
		var l pb.DeadLetter
		if err := l.UnmarshalVT(rec.Value); err != nil {
			t.Fatal(err)
		}
		if l.Source != "core" || l.OriginName != "core.txn" || l.Stage != "ingest" || string(rec.Key) != "k" {
			t.Errorf("letter without its origin: key %q, %s %s %s", rec.Key, l.Source, l.OriginName, l.Stage)
		}
		letters[fmt.Sprintf("%d/%d", l.OriginPartition, l.OriginPosition)] = &l
	}
	for at, want := range map[string]struct {
		cause    string
		original string
	}{
		"0/1": {"malformed_json", "nonsense"},
		"0/5": {"decoder_panic", "!"},
		"1/1": {"too_large", "LONG 400"},
		"1/2": {"malformed_json", big},
	} {
		l := letters[at]
		if l == nil || l.Cause != want.cause || !bytes.Equal(l.Original, []byte(want.original)) {
			t.Errorf("%s: letter %.80v, want cause %s with its original", at, l, want.cause)
		}
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if got := b.committed(); got[0] != 6 || got[1] != 4 {
		t.Errorf("committed %v, want 6 and 4", got)
	}
}

func TestAnOriginalTooLargeIsNamedByItsHash(t *testing.T) {
	b := newBank(t)
	dead, err := kafka.NewDeadLetters(b.kafka, ns, partitions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dead.Close)
	acknowledged := make(chan error, 1)
	l := &pb.DeadLetter{Detail: "too long", Original: make([]byte, topics.MaxDeadLetterBytes)}
	dead.Put(t.Context(), []byte("k"), l, func(err error) { acknowledged <- err })
	if err := <-acknowledged; err != nil {
		t.Fatal(err)
	}
	var got pb.DeadLetter
	if err := got.UnmarshalVT(b.read(topics.DLQ, 1)[0].Value); err != nil {
		t.Fatal(err)
	}
	const sum = "83ee47245398adee79bd9c0a8bc57b821e92aba10f5f9ade8a5d1fae4d8c4302" // of 32 MiB of zeros
	if len(got.Original) != 0 || got.Detail != "too long; original of 33554432 bytes left out, sha256 "+sum {
		t.Errorf("original of %d bytes, detail %q", len(got.Original), got.Detail)
	}
}

func (b *bank) committed() map[int32]int64 {
	b.t.Helper()
	rows, err := kadm.NewClient(b.client).FetchOffsets(b.t.Context(), ns.Group("ingest-core"))
	if err != nil {
		b.t.Fatal(err)
	}
	got := map[int32]int64{}
	for p, row := range rows["core.txn"] {
		got[p] = row.At
	}
	return got
}

func TestNothingIsCommittedBeforeItIsDurable(t *testing.T) {
	b := newBank(t)
	var failed, armed atomic.Bool
	armed.Store(true)
	b.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		p := req.(*kmsg.ProduceRequest)
		info := b.cluster.TopicInfo(ns.Topic(topics.Events))
		for _, topic := range p.Topics {
			if (topic.Topic == info.Topic || topic.TopicID == info.TopicID) && armed.CompareAndSwap(true, false) {
				failed.Store(true)
				resp := p.ResponseKind().(*kmsg.ProduceResponse)
				rt := kmsg.NewProduceResponseTopic()
				rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
				for _, part := range topic.Partitions {
					rp := kmsg.NewProduceResponseTopicPartition()
					rp.Partition, rp.ErrorCode = part.Partition, 87 // INVALID_RECORD: final
					rt.Partitions = append(rt.Partitions, rp)
				}
				resp.Topics = append(resp.Topics, rt)
				return resp, nil, true
			}
		}
		return nil, nil, false
	})
	var values []string
	for i := range 100 {
		values = append(values, fmt.Sprintf("C%d %d", i, i+1))
	}
	b.send(0, values...)
	r := b.ingest()
	seen := map[string]bool{}
	for n := 100; len(seen) < 100; n++ { // at least once: some may come twice
		for _, rec := range b.read(topics.Events, n) {
			seen[string(rec.Key)] = true
		}
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if !failed.Load() {
		t.Error("the fault never struck")
	}
	if got := b.committed(); got[0] != 100 {
		t.Errorf("committed %v, want 100", got)
	}
}

type gate struct{ open atomic.Bool }

func (g *gate) Open() bool { return g.open.Load() }

func TestLiveEventsWaitForTheGate(t *testing.T) {
	b := newBank(t)
	b.send(0, "A 100")
	g := &gate{}
	b.ingest(func(o *kafka.IngestOptions) { o.Gate = g })
	if _, err := b.cluster.WaitGroupStable(t.Context(), ns.Group("ingest-core"), 1); err != nil {
		t.Fatal(err)
	}
	if n := b.cluster.PartitionInfo(ns.Topic(topics.Events), 0); n.HighWatermark != 0 {
		t.Error("written before the gate opened")
	}
	g.open.Store(true)
	b.read(topics.Events, 1)
}

func TestProgressIsReported(t *testing.T) {
	b := newBank(t)
	b.send(0, "A 100", "B 700", "C 300")
	b.ingest()
	client := b.open(kgo.ConsumeTopics(ns.Topic(topics.Reports)))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	read, idle := false, false
	for !read || !idle {
		f := client.PollFetches(ctx)
		if err := f.Err(); err != nil {
			t.Fatal(err)
		}
		for _, rec := range f.Records() {
			var report pb.Report
			if err := report.UnmarshalVT(rec.Value); err != nil {
				t.Fatal(err)
			}
			switch s := report.Source; {
			case s.Partition == 0 && s.Position == 3:
				read = s.Source == "core" && s.Watermark == 700 && s.End == 3 && s.At > 0
			case s.Partition == 1:
				idle = s.Position == 0 && s.End == 0
			}
		}
	}
}

func TestCanonicalProtobuf(t *testing.T) {
	b := newBank(t)
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	value, err := (&pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C1", RmId: "R17", EventTime: 1_700_000_000}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	tick, err := (&pb.LogRecord{Tick: &pb.Tick{At: 1}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	b.send(1, string(value), string(tick))
	b.ingest(func(o *kafka.IngestOptions) {
		o.NewDecoder = func() (kafka.Decoder, error) { return &kafka.ProtoDecoder{Builder: &event.Builder{Calendar: cal}}, nil }
	})
	var lr pb.LogRecord
	if err := lr.UnmarshalVT(b.read(topics.Events, 1)[0].Value); err != nil {
		t.Fatal(err)
	}
	if o := lr.Rm.GetOrigin(); o.GetName() != "core.txn" || o.GetPartition() != 1 {
		t.Errorf("origin %v", o)
	}
	var l pb.DeadLetter
	if err := l.UnmarshalVT(b.read(topics.DLQ, 1)[0].Value); err != nil {
		t.Fatal(err)
	}
	if l.Cause != string(event.NotCustomer) {
		t.Errorf("a control record from a source: cause %q", l.Cause)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := kafka.NewIngest(kafka.IngestOptions{Name: "core"}); err == nil {
		t.Error("ingest without topics accepted")
	}
	if _, err := kafka.NewLogWriter(kafka.WriterOptions{}); err == nil {
		t.Error("writer without partitions accepted")
	}
	if _, err := kafka.NewLogWriter(kafka.WriterOptions{Partitions: 1, Compression: "rar"}); err == nil {
		t.Error("unknown compression accepted")
	}
	b := newBank(t)
	broken := errors.New("no mapping")
	r := b.ingest(func(o *kafka.IngestOptions) { o.NewDecoder = func() (kafka.Decoder, error) { return nil, broken } })
	if err := <-r.done; !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	r.done <- nil
}
