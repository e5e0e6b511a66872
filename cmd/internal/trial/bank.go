package trial

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/control/topology"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Source is the topic of the bank that ingest reads as canonical JSON, and the name
// of the source.
const Source = "core"

// Policy tells gold from 50,000.00 of monthly average; the first assessment enters.
const Policy = `policy: small
version: 1
base_currency: CNY
time_zone: Asia/Shanghai
classes:
  deposits: {types: [DEMAND], weight: 100%}
metrics:
  aum: {kind: adb, over: month, day_count: actual, first_period: since_open, classes: [deposits]}
  inflow: {kind: sum, window: 365d, where: {direction: CREDIT}}
schemes:
  card:
    by: aum
    assess: month
    entry: first_assessment
    upgrade: next_period
    tiers:
      - {name: mass, zh: 普通, en: Mass}
      - {name: gold, zh: 金卡, en: Gold, from: 50_000, watch_after: 1, down_after: 1, lands_on: last}
`

// Bank is a deployment of two partitions; its clock is the log's unless changed.
type Bank struct {
	*wire.Deployment
	t      testing.TB
	roles  *lifecycle.Group
	client *kgo.Client
	// Told is what loads announced.
	Told []string
}

// New makes the broker and the topics; all that runs is stopped with the test.
func New(t testing.TB, change ...func(*config.Config)) *Bank {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	if err := cluster.CreateTopic(Source, 2, map[string]string{"max.message.bytes": strconv.Itoa(largest)}); err != nil {
		t.Fatal(err)
	}
	return On(t, cluster.ListenAddrs(), change...)
}

// On is New on brokers that are there. They may be shared with other tests: change
// gives the deployment a prefix of its own, and there is no topic of the bank.
func On(t testing.TB, brokers []string, change ...func(*config.Config)) *Bank {
	t.Helper()
	c := config.Default()
	c.Kafka.Brokers, c.Kafka.Partitions, c.Kafka.Replication = brokers, 2, 1
	c.Deployment.Clock = "log"
	c.Ingest.Sources = []config.Source{{Name: Source, Topic: Source}}
	for _, f := range change {
		f(c)
	}
	b := &Bank{t: t, roles: lifecycle.NewGroup(t.Context())}
	log := zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)
	var err error
	if b.Deployment, err = wire.Open(t.Context(), c, log, wire.Needs{Kafka: true}, new(lifecycle.Stack)); err != nil {
		t.Fatal(err)
	}
	b.Kafka = append(b.Kafka, kgo.FetchMaxWait(50*time.Millisecond))
	// One client makes the topics, another uses them: the first remembers that they
	// were not there.
	b.open()
	err = topology.Ensure(t.Context(), b.client, topology.Options{Namespace: b.Namespace, Partitions: b.Partitions, Replication: 1})
	if err != nil {
		t.Fatal(err)
	}
	b.open()
	t.Cleanup(b.Rest)
	return b
}

// Rest stops all roles; others may be started afterwards.
func (b *Bank) Rest() {
	b.roles.Stop()
	if err := b.roles.Wait(); err != nil {
		b.t.Error(err)
	}
	b.roles, b.Metrics = lifecycle.NewGroup(context.WithoutCancel(b.t.Context())), prometheus.NewRegistry()
}

// At is the bank's other deployment on the same broker: another prefix, another number
// of partitions. Its roles are its own.
func (b *Bank) At(ns topics.Namespace, partitions int32) *Bank {
	d := *b.Deployment
	d.Namespace, d.Partitions, d.Metrics = ns, partitions, prometheus.NewRegistry()
	other := &Bank{Deployment: &d, t: b.t, roles: lifecycle.NewGroup(context.WithoutCancel(b.t.Context()))}
	other.open()
	b.t.Cleanup(other.Rest)
	return other
}

// largest is more than any record that a test sends.
const largest = 32 << 20

func (b *Bank) open() {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), b.Kafka...), kgo.ProducerBatchMaxBytes(largest))...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(client.Close)
	b.client = client
}

func (b *Bank) admin() *kadm.Client { return kadm.NewClient(b.client) }

// Run starts a role; run and err are what its constructor gave.
func (b *Bank) Run(name string, run role.Run, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	b.roles.Go(name, run)
}

// Fold starts the role fold.
func (b *Bank) Fold() {
	b.t.Helper()
	run, err := role.NewFold(b.Deployment)
	b.Run(role.Fold, run, err)
}

// Control is the control topic, read to its end.
func (b *Bank) Control() *control.Topic {
	b.t.Helper()
	topic, err := control.OpenTopic(b.Kafka, b.Namespace)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(topic.Close)
	if _, err := topic.Refresh(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return topic
}

// Publish publishes the policy.
func (b *Bank) Publish() {
	b.t.Helper()
	if err := b.Control().PublishPolicy(b.t.Context(), &pb.PolicyPublication{Name: "small", Version: 1, Yaml: []byte(Policy)}); err != nil {
		b.t.Fatal(err)
	}
}

// PublishRate publishes one rate of a day.
func (b *Bank) PublishRate(day int32, unit string, e12 int64) {
	b.t.Helper()
	err := b.Control().PublishRates(b.t.Context(), &pb.Rates{Day: day, Rates: []*pb.Rate{{Unit: unit, RateE12: e12}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// Send appends values to the bank's topic.
func (b *Bank) Send(values ...string) {
	b.t.Helper()
	for _, v := range values {
		if err := b.client.ProduceSync(b.t.Context(), &kgo.Record{Topic: Source, Key: []byte("k"), Value: []byte(v)}).FirstErr(); err != nil {
			b.t.Fatal(err)
		}
	}
}

// Write makes a file in dir and gives its path.
func Write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Load loads files, as pairs of data and mapping. The policy opens a new log, unless
// o names another.
func (b *Bank) Load(o load.Options) (*load.Result, error) {
	b.t.Helper()
	if o.Policy == nil {
		o.Policy = &pb.PolicyActivation{Name: "small", Version: 1, Yaml: []byte(Policy)}
	}
	told := o.Announce
	o.Announce = func(text string) {
		b.Told = append(b.Told, text)
		if told != nil {
			told(text)
		}
	}
	o.Progress = func(string, int64, int64, int64) {}
	if o.MaxDisorder == 0 {
		o.MaxDisorder = 7
	}
	l, err := load.Prepare(b.t.Context(), b.Deployment, o)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l.Run(b.t.Context())
}

// MustLoad is Load, which must succeed.
func (b *Bank) MustLoad(o load.Options) *load.Result {
	b.t.Helper()
	r, err := b.Load(o)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// Backfill opens a new log on a day and holds its lease.
func (b *Bank) Backfill(day int32) *control.Backfill {
	b.t.Helper()
	back, err := control.StartBackfill(b.t.Context(), control.BackfillOptions{
		Kafka: b.Kafka, Namespace: b.Namespace, Calendar: b.Calendar, Holder: "trial", Writer: kafka.WriterOptions{Partitions: b.Partitions},
		Opening: &control.Opening{
			Engine: b.Engine(), At: b.Calendar.Cut(day - 1),
			Policy: &pb.PolicyActivation{Name: "small", Version: 1, EffectiveDay: day, Yaml: []byte(Policy)},
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(back.Close)
	return back
}

// Pay is amount fen paid into a customer's account at noon of a day, valid as it is;
// change makes it something else.
func (b *Bank) Pay(id, customer string, day int32, amount int64, change ...func(*pb.Transaction)) *pb.LogRecord {
	b.t.Helper()
	x := &pb.Transaction{
		CustomerId: customer, AccountId: "A-" + customer, Source: Source, TxnId: id, Version: 1,
		AccountType: pb.AccountType_DEMAND, TxnType: pb.TxnType_TRANSFER_IN, Direction: pb.Direction_CREDIT, Status: pb.TxnStatus_POSTED,
		Initiator: pb.Initiator_CUSTOMER, Currency: b.Calendar.Base(), AmountMinor: amount, EventTime: b.Calendar.Cut(day) - 12*3600,
	}
	for _, f := range change {
		f(x)
	}
	r := &pb.LogRecord{Transaction: x}
	if rej := (&event.Builder{Calendar: b.Calendar}).Complete(r); rej != nil {
		b.t.Fatal(rej)
	}
	return r
}

// Put writes customer records through back.
func (b *Bank) Put(back *control.Backfill, records ...*pb.LogRecord) {
	b.t.Helper()
	for _, r := range records {
		if err := back.Write(b.t.Context(), kafka.Customer(r), r, nil); err != nil {
			b.t.Fatal(err)
		}
	}
}

// Close ends days, opening each before.
func (b *Bank) Close(back *control.Backfill, days ...int32) {
	b.t.Helper()
	for _, day := range days {
		err := back.OpenDay(b.t.Context(), day)
		if err == nil {
			err = back.CloseDay(b.t.Context(), day)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := back.Flush(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}
