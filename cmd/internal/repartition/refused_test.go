package repartition

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// refuses wants Run to fail with an error that says so, and to have done nothing more.
func refuses(t *testing.T, b *trial.Bank, o *Options, is error, words ...string) {
	t.Helper()
	_, _, err := Run(t.Context(), b.Deployment, o)
	if !errors.Is(err, is) {
		t.Errorf("%+v: %v, want %v", o, err, is)
	}
	for _, w := range words {
		if err != nil && !strings.Contains(err.Error(), w) {
			t.Errorf("%v: does not say %q", err, w)
		}
	}
}

// TestWhatCannotBeIsRefused, each with its remedy, and nothing is made.
func TestWhatCannotBeIsRefused(t *testing.T) {
	b := bank(t, 3)
	refuses(t, b, quietly(5, ""), ErrNothing, "the log is not open yet", "topics create")
	lived(t, b, 10, true)
	refuses(t, b, quietly(3, ""), ErrNothing, "has 3 partitions already")
	refuses(t, b, quietly(0, ""), ErrNothing, "must be 1 … 10000")
	refuses(t, b, quietly(5, b.Namespace), ErrTaken, "name another one")
	var had kadm.Offsets
	had.Add(kadm.Offset{Topic: b.Namespace.Topic(topics.Control), At: 7, LeaderEpoch: -1})
	if err := admin(t, b).CommitAllOffsets(t.Context(), topics.Namespace("was").Group("ingest-cards"), had); err != nil {
		t.Fatal(err)
	}
	refuses(t, b, quietly(5, "was"), ErrTaken, "was-ingest-cards has positions", "delete the group")
	back := b.Backfill(opened)
	refuses(t, b, quietly(5, ""), ErrRunning, "trial holds the lease", "let the load come to its end")
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	k := admin(t, b)
	if _, err := k.CreateTopic(t.Context(), 1, 1, nil, "tierwatch-e2.alerts"); err != nil {
		t.Fatal(err)
	}
	refuses(t, b, quietly(5, ""), ErrTaken, "tierwatch-e2.alerts", "--to")
	if found, err := k.ListTopics(t.Context()); err != nil || found.Has("tierwatch-e2.events") {
		t.Errorf("topics were made: %v", err)
	}
	if t2 := b.Control().Table(); t2.Left != nil {
		t.Errorf("the log was left: %v", t2.Left)
	}
	var to kadm.Offsets
	to.Add(kadm.Offset{Topic: b.Namespace.Topic(topics.Events), Partition: 1, At: 7})
	if _, err := k.DeleteRecords(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	refuses(t, b, quietly(5, "x"), ErrCut, "partition 1 begins at offset 7", "name with --from a snapshot whose next_offset in this partition is 7 or more")
}

// TestWhatDoesNotGoWithTheFirstAttemptIsRefused: other numbers, a log that has grown, a
// new topic that somebody else writes.
func TestWhatDoesNotGoWithTheFirstAttemptIsRefused(t *testing.T) {
	b := bank(t, 3)
	lived(t, b, 10, true)
	stopped := func(to topics.Namespace, step string) {
		t.Helper()
		o := quietly(5, to)
		o.between = func(name string) error {
			if name == step {
				return errKilled
			}
			return nil
		}
		refuses(t, b, o, errKilled)
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), b.Kafka...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.AllowAutoTopicCreation())...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	write := func(ns topics.Namespace) {
		t.Helper()
		r := &kgo.Record{Topic: ns.Topic(topics.Events), Partition: 1, Key: []byte("C1"), Value: []byte("x")}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	stopped("one", "copy the log")
	refuses(t, b, quietly(4, "one"), ErrOther, "to one with 5 partitions", "--back")
	refuses(t, b, quietly(5, "two"), ErrOther, "to one with 5 partitions")
	write("one")
	refuses(t, b, quietly(5, "one"), kafka.ErrOtherWriter, "one.events, partition 1", "delete the topics")
	if _, err := Back(t.Context(), b.Deployment, false); err != nil {
		t.Fatal(err)
	}
	stopped("two", "copy reports")
	write("two")
	refuses(t, b, quietly(5, "two"), kafka.ErrOtherWriter, "two.events ends at", "delete the topics")
	write(b.Namespace)
	refuses(t, b, quietly(5, "two"), ErrOther, "the log has changed since", "--back")
}

// TestWhoComesMeanwhileMeetsTheMark: a load that begins when all seemed still is seen,
// and nobody else can begin from then on.
func TestWhoComesMeanwhileMeetsTheMark(t *testing.T) {
	b := bank(t, 3)
	lived(t, b, 3, true)
	o := quietly(5, "")
	var late *control.Backfill
	o.between = func(name string) error {
		if name == steps[0].name {
			late = b.Backfill(opened)
		}
		return nil
	}
	refuses(t, b, o, ErrRunning, "holds the lease")
	_, err := control.StartBackfill(t.Context(), control.BackfillOptions{Kafka: b.Kafka, Namespace: b.Namespace, Calendar: b.Calendar})
	if !errors.Is(err, control.ErrMoved) {
		t.Errorf("another load: %v", err)
	}
	b.Put(late, b.Pay("last", "C1", opened+4, 1_00))
	if err := late.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, list := range records(t, repartitioned(t, b, quietly(5, "")), topics.Events) {
		for _, r := range list {
			rec := new(pb.LogRecord)
			if err := rec.UnmarshalVT(r.Value); err != nil {
				t.Fatal(err)
			}
			if rec.Transaction.GetTxnId() == "last" {
				last++
			}
		}
	}
	if last != 1 {
		t.Errorf("what it still wrote is in the new log %d times", last)
	}
}
