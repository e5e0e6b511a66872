package embedded

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func startKafka(t *testing.T, o KafkaOptions) *Kafka {
	t.Helper()
	o.Logger = testLog(t)
	if err := settleKafka(t.Context(), o.DataDir); err != nil {
		t.Fatal(err)
	}
	k, err := StartKafka(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopEngine(t, k) })
	return k
}

func kafkaClient(t *testing.T, k *Kafka, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(k.Addr())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func createTopic(t *testing.T, k *Kafka, topic string, configs map[string]*string) {
	t.Helper()
	if _, err := kadm.NewClient(kafkaClient(t, k)).CreateTopic(t.Context(), 1, 1, configs, topic); err != nil {
		t.Fatal(err)
	}
}

func produce(t *testing.T, client *kgo.Client, topic string, keyed ...string) {
	t.Helper()
	for _, kv := range keyed {
		key, value, _ := strings.Cut(kv, "=")
		rec := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(value)}
		if err := client.ProduceSync(t.Context(), rec).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// consume returns the committed records of the topic as key=value, in order,
// up to the last stable offset.
func consume(t *testing.T, k *Kafka, topic string) []string {
	t.Helper()
	client := kafkaClient(t, k, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	ends, err := kadm.NewClient(client).ListCommittedOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(topic, 0)
	starts, err := kadm.NewClient(client).ListStartOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	begin, _ := starts.Lookup(topic, 0)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []string
	for next := begin.Offset; next < end.Offset; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if !r.Attrs.IsControl() {
				got = append(got, string(r.Key)+"="+string(r.Value))
			}
		})
	}
	return got
}

func wantRecords(t *testing.T, k *Kafka, topic string, want ...string) {
	t.Helper()
	if got := consume(t, k, topic); !slices.Equal(got, want) {
		t.Errorf("%s holds %v, want %v", topic, got, want)
	}
}

func transactional(t *testing.T, k *Kafka, id string, timeout time.Duration) *kgo.Client {
	t.Helper()
	return kafkaClient(t, k, kgo.TransactionalID(id), kgo.TransactionTimeout(timeout))
}

func begin(t *testing.T, client *kgo.Client) {
	t.Helper()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
}

func end(t *testing.T, client *kgo.Client, commit kgo.TransactionEndTry) {
	t.Helper()
	if err := client.EndTransaction(t.Context(), commit); err != nil {
		t.Fatal(err)
	}
}

var compacted = map[string]*string{"cleanup.policy": new("compact")}

func TestKafkaKeepsRecordsOffsetsAndPortOverARestart(t *testing.T) {
	dir := t.TempDir()
	first := startKafka(t, KafkaOptions{DataDir: dir, SyncWrites: true})
	createTopic(t, first, "t", nil)
	produce(t, kafkaClient(t, first), "t", "a=1", "b=2")
	admin := kadm.NewClient(kafkaClient(t, first))
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: "t", Partition: 0, At: 1})
	if err := admin.CommitAllOffsets(t.Context(), "g", offsets); err != nil {
		t.Fatal(err)
	}
	stopEngine(t, first)

	second := startKafka(t, KafkaOptions{DataDir: dir})
	if second.Addr() != first.Addr() {
		t.Errorf("address %s, before %s", second.Addr(), first.Addr())
	}
	wantRecords(t, second, "t", "a=1", "b=2")
	got, err := kadm.NewClient(kafkaClient(t, second)).FetchOffsets(t.Context(), "g")
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := got.Lookup("t", 0); !ok || o.At != 1 {
		t.Errorf("group offset = %+v, want 1", o)
	}
}

// A record of a past year must outlive every start: the log is the truth.
func TestKafkaKeepsOldRecords(t *testing.T) {
	dir := t.TempDir()
	first := startKafka(t, KafkaOptions{DataDir: dir})
	createTopic(t, first, "t", nil)
	old := &kgo.Record{Topic: "t", Key: []byte("a"), Value: []byte("1"), Timestamp: time.Date(1993, 1, 1, 0, 0, 0, 0, time.UTC)}
	if err := kafkaClient(t, first).ProduceSync(t.Context(), old).FirstErr(); err != nil {
		t.Fatal(err)
	}
	stopEngine(t, first)
	wantRecords(t, startKafka(t, KafkaOptions{DataDir: dir}), "t", "a=1")
}

func TestKafkaTransactions(t *testing.T) {
	k := startKafka(t, KafkaOptions{DataDir: t.TempDir()})
	createTopic(t, k, "t", nil)
	client := transactional(t, k, "writer-1", defaultTxnTimeout)
	begin(t, client)
	produce(t, client, "t", "a=1")
	end(t, client, kgo.TryCommit)
	begin(t, client)
	produce(t, client, "t", "a=2")
	end(t, client, kgo.TryAbort)
	begin(t, client)
	produce(t, client, "t", "a=3")
	end(t, client, kgo.TryCommit)
	wantRecords(t, k, "t", "a=1", "a=3")
}

func TestKafkaRefusesALongTransactionTimeout(t *testing.T) {
	k := startKafka(t, KafkaOptions{DataDir: t.TempDir()})
	createTopic(t, k, "t", nil)
	client := kafkaClient(t, k, kgo.TransactionalID("writer-1"), kgo.TransactionTimeout(11*time.Second))
	err := client.BeginTransaction()
	if err == nil {
		err = client.ProduceSync(t.Context(), &kgo.Record{Topic: "t"}).FirstErr()
	}
	if !errors.Is(err, kerr.InvalidTransactionTimeout) {
		t.Errorf("error = %v, want INVALID_TRANSACTION_TIMEOUT", err)
	}
}

func TestKafkaMakesNoTopicByItself(t *testing.T) {
	k := startKafka(t, KafkaOptions{DataDir: t.TempDir()})
	client := kafkaClient(t, k, kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(0))
	err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "typo"}).FirstErr()
	if !errors.Is(err, kerr.UnknownTopicOrPartition) {
		t.Errorf("error = %v, want UNKNOWN_TOPIC_OR_PARTITION", err)
	}
}

func TestKafkaCompactsBetweenRuns(t *testing.T) {
	dir := t.TempDir()
	first := startKafka(t, KafkaOptions{DataDir: dir})
	createTopic(t, first, "state", compacted)
	produce(t, kafkaClient(t, first), "state", "a=1", "a=2", "b=1", "a=3", "last=1")
	wantRecords(t, first, "state", "a=1", "a=2", "b=1", "a=3", "last=1")
	stopEngine(t, first)
	wantRecords(t, startKafka(t, KafkaOptions{DataDir: dir}), "state", "b=1", "a=3", "last=1")
}

// The value of an open transaction must not push the committed one out.
func TestKafkaDoesNotCompactUnderAnOpenTransaction(t *testing.T) {
	for _, how := range []string{"stop", "kill"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			seen := newEvents()
			k := startKafka(t, KafkaOptions{DataDir: dir, OnEvent: seen.add})
			createTopic(t, k, "state", compacted)
			produce(t, kafkaClient(t, k), "state", "a=old", "a=committed")
			open := transactional(t, k, "writer-1", 2*time.Second)
			begin(t, open)
			produce(t, open, "state", "a=open1", "a=open2")
			if how == "stop" {
				stopEngine(t, k)
				k = startKafka(t, KafkaOptions{DataDir: dir})
			} else {
				openProcess(t, k.PID()).kill(t)
				seen.wait(t, EventRestarted)
			}
			next := transactional(t, k, "writer-2", defaultTxnTimeout)
			begin(t, next)
			produce(t, next, "state", "b=1")
			end(t, next, kgo.TryCommit)
			// The transaction left open ends at its timeout or was aborted by the start.
			waitUntil(t, "the last stable offset passes the open transaction", func() bool {
				ends, err := kadm.NewClient(next).ListCommittedOffsets(t.Context(), "state")
				if err != nil {
					t.Fatal(err)
				}
				o, _ := ends.Lookup("state", 0)
				return o.Offset > 4
			})
			got := consume(t, k, "state")
			if !slices.Contains(got, "a=committed") || slices.Contains(got, "a=open2") || !slices.Contains(got, "b=1") {
				t.Errorf("state holds %v, want a=committed and b=1 and nothing of the open transaction", got)
			}
		})
	}
}

func TestKafkaIsRestartedWhenItDies(t *testing.T) {
	seen := newEvents()
	k := startKafka(t, KafkaOptions{DataDir: t.TempDir(), OnEvent: seen.add})
	createTopic(t, k, "t", nil)
	client := kafkaClient(t, k)
	addr := k.Addr()
	var want []string
	for round := range 3 {
		rec := "k" + strconv.Itoa(round) + "=v"
		produce(t, client, "t", rec) // the same client goes on
		want = append(want, rec)
		openProcess(t, k.PID()).kill(t)
		seen.wait(t, EventDied)
		seen.wait(t, EventRestarted)
	}
	if k.Addr() != addr {
		t.Errorf("address %s, before %s", k.Addr(), addr)
	}
	wantRecords(t, k, "t", want...)
}

func TestKafkaPorts(t *testing.T) {
	dir := t.TempDir()
	first := startKafka(t, KafkaOptions{DataDir: dir})
	stopEngine(t, first)
	occupy(t, first.Addr())
	moved := startKafka(t, KafkaOptions{DataDir: dir})
	if moved.Addr() == first.Addr() {
		t.Errorf("address %s is taken", moved.Addr())
	}
	_, err := StartKafka(t.Context(), KafkaOptions{DataDir: t.TempDir(), Logger: testLog(t), Port: first.port})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("named port: error = %v, want address in use", err)
	}
}

func TestKafkaBadOptions(t *testing.T) {
	for want, o := range map[string]KafkaOptions{
		"data directory":    {},
		"port 70000":        {DataDir: t.TempDir(), Port: 70000},
		"txn_timeout 1ms":   {DataDir: t.TempDir(), TxnTimeout: time.Millisecond},
		"message_bytes 100": {DataDir: t.TempDir(), MessageBytes: 100},
	} {
		_, err := StartKafka(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("options %+v: error = %v, want one that names %q", o, err, want)
		}
	}
}
