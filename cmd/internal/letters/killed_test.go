package letters_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/tierwatch/tierwatch/cmd/internal/folded"
	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// redrivable is how many letters of remedied go through.
const redrivable = 4

// remedied is a bank with letters of the fold and of a load whose cause is gone: the day
// of one booking has come, what a reversal takes back is posted, and two rows have a
// mapping that reads their dates.
func remedied(t *testing.T) (b *trial.Bank, mapping string) {
	t.Helper()
	b, dir := trial.New(t), t.TempDir()
	b.Publish()
	back := b.Backfill(day)
	b.Put(back,
		b.Pay("1", "C1", day, 100_00), b.Pay("2", "C1", day+30, 70_000_00), // a month ahead
		b.Pay("3", "C1", day, 40_00, pending), b.Pay("4", "C1", day, 40_00, reversal("core:3")),
	)
	b.Close(back, day)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	plain := strings.Replace(bookings, "      base_amount: {const: \"1.00\"}\n", "", 1)
	b.MustLoad(load.Options{Files: []load.File{{
		Path: trial.Write(t, dir, "teller.csv", "id,date,customer,account,type,currency,amount,original\n"+
			"5,20250621,C2,A2,N,CNY,60000.00,\n6,20250622,C2,A2,N,CNY,-900.00,\n7,2025-06-22,C3,A3,N,CNY,5.00,\n"),
		Mapping: trial.Write(t, dir, "plain.yaml", plain),
	}}})
	back = b.Backfill(day)
	b.Put(back, b.Pay("3", "C1", day, 40_00))
	b.Close(back, day+29)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Fold()
	b.Folded()
	if n := len(b.Letters()); n != redrivable {
		t.Fatalf("%d letters: %v", n, b.Causes())
	}
	return b, trial.Write(t, dir, "compact.yaml", strings.Replace(plain, "YYYY-MM-DD", "YYYYMMDD", 1))
}

// killedBefore ends a process, whose context this is, when it is about to write to a topic
// what follows so many records of its own.
type killedBefore struct {
	topic string
	left  int
	kill  func()
}

func (k *killedBefore) OnProduceRecordBuffered(r *kgo.Record) {
	if r.Topic != k.topic {
		return
	}
	if k.left--; k.left < 0 {
		k.kill()
	}
}

// killedNoting sends every letter through and is killed when all is in the log and n of
// them are noted.
func killedNoting(t *testing.T, b *trial.Bank, o letters.RedriveOptions, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := *b.Deployment
	d.Kafka = append(slices.Clone(d.Kafka), kgo.WithHooks(&killedBefore{topic: d.Namespace.Topic(topics.Control), left: n, kill: cancel}))
	r, err := letters.NewRedriver(ctx, &d, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, l := range b.Letters() {
		if err := r.Send(ctx, l); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("killed when %d letters were noted: %v", n, err)
	}
}

// noted counts the letters that are known to have gone through.
func noted(t *testing.T, b *trial.Bank) (n int) {
	t.Helper()
	table := b.Control().Table()
	for _, l := range b.Letters() {
		if table.Redriven(l.Partition, l.Offset) != nil {
			n++
		}
	}
	return n
}

// A redrive is killed when its records are in the log and no letter, or one, is noted.
// Done again it leaves what one leaves that nothing has ended: what comes twice has the
// verdict that it is a duplicate, and that is all that is said of it.
func TestARedriveThatWasKilled(t *testing.T) {
	once, mapping := remedied(t)
	killed, same := remedied(t)
	redriveWith(t, once, letters.RedriveOptions{Mapping: mapping, Told: func(letters.Fate) {}})
	quiet := letters.RedriveOptions{Mapping: same, Told: func(f letters.Fate) {
		if f.What != letters.Written && f.What != letters.Before {
			t.Errorf("letter %s: %s: %s", f.Letter.Place(), f.What, f.Why)
		}
	}}
	for n := range 2 {
		killedNoting(t, killed, quiet, n)
		if got := noted(t, killed); got != n {
			t.Fatalf("%d letters are noted, want %d", got, n)
		}
	}
	redriveWith(t, killed, quiet)
	if n := noted(t, killed); n != redrivable {
		t.Errorf("%d letters are noted in the end, want %d", n, redrivable)
	}

	for _, b := range []*trial.Bank{once, killed} { // a month ends, with an assessment
		back := b.Backfill(day)
		for d := int32(day + 30); d <= day+45; d++ {
			b.Close(back, d)
		}
		if err := back.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Folded()
		if n := len(b.Letters()); n != redrivable {
			t.Errorf("%d letters, want those from before: %v", n, b.Causes())
		}
	}
	want, none := outputs(t, once)
	got, repeats := outputs(t, killed)
	// All of them twice, and all but the one that was noted by then.
	if none != 0 || repeats != 2*redrivable-1 {
		t.Errorf("%d verdicts on duplicates, want %d; %d of the redrive that nothing ended", repeats, 2*redrivable-1, none)
	}
	for _, key := range []string{string(topics.TierChanges) + " of C1", string(topics.TierChanges) + " of C2", string(topics.Verdicts) + " of C2"} {
		if len(want[key]) == 0 {
			t.Errorf("%s: nothing to compare", key)
		}
	}
	for key, list := range want {
		if !slices.Equal(got[key], list) {
			t.Errorf("%s:\n%v\nwant\n%v", key, got[key], list)
		}
	}
	if len(got) != len(want) {
		t.Errorf("said of %d, want %d", len(got), len(want))
	}
}

// outputs is what the fold has said, by topic and customer, without the places in the log;
// verdicts on duplicates are counted.
func outputs(t *testing.T, b *trial.Bank) (said map[string][]string, duplicates int) {
	t.Helper()
	said = map[string][]string{}
	for _, id := range []topics.ID{topics.Alerts, topics.TierChanges, topics.Snapshots, topics.Verdicts} {
		err := folded.Behind(t.Context(), b.Deployment, id, make([]int64, b.Partitions), func(r *kgo.Record) {
			m := placeless(t, id, r.Value)
			if v, ok := m.(*pb.Verdict); ok && v.Kind == pb.VerdictKind_VERDICT_DUPLICATE {
				duplicates++
				return
			}
			key := string(id) + " of " + string(r.Key)
			said[key] = append(said[key], protojson.Format(m))
		}, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
		if err != nil {
			t.Fatal(err)
		}
	}
	return said, duplicates
}

func placeless(t *testing.T, id topics.ID, value []byte) proto.Message {
	t.Helper()
	var err error
	var m proto.Message
	switch id {
	case topics.Alerts:
		x := new(pb.Alert)
		err, m = x.UnmarshalVT(value), x
		x.Log = nil
	case topics.TierChanges:
		x := new(pb.TierChange)
		err, m = x.UnmarshalVT(value), x
		x.Log = nil
	case topics.Snapshots:
		x := new(pb.Snapshot)
		err, m = x.UnmarshalVT(value), x
		x.Log = nil
	default:
		x := new(pb.Verdict)
		err, m = x.UnmarshalVT(value), x
		x.Log, x.AboutOffset = nil, 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}
