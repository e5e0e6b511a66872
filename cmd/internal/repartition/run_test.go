package repartition

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// lived writes a history of days. With died the writer dies behind it, with his CLOSE
// in one partition of many: what is booked then stands behind it in that one, and
// before it in the others.
func lived(t *testing.T, b *trial.Bank, days int32, died bool) {
	t.Helper()
	back, next := b.Backfill(opened), opened+days+1
	b.Days(back, opened, opened, opened+days)
	if died {
		diesAt(t, b, next)
		for _, who := range []string{"C3", "C4", "C5", "C6", "C7"} {
			b.Put(back, b.Pay("late", who, next, 70_00))
		}
		back = b.Backfill(opened)
	}
	b.Close(back, next)
	b.Put(back, b.Pay("tail", "C8", next+1, 1_00), b.Pay("tail", "C9", next+1, 1_00), b.Pay("tail", "C8", next+1, 1_00))
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// diesAt puts a CLOSE of the present writer into partition 1 alone.
func diesAt(t *testing.T, b *trial.Bank, day int32) {
	t.Helper()
	term := b.Control().Table().Backfill.Offset
	appendTo(t, b, 1, &pb.LogRecord{Tick: &pb.Tick{Term: term, At: b.Calendar.Cut(day - 1), BusinessDay: day, UtcOffset: 8 * 3600}},
		&pb.LogRecord{Close: &pb.Close{Term: term, Day: day, Cut: b.Calendar.Cut(day)}})
}

// appendTo appends control records to one partition.
func appendTo(t *testing.T, b *trial.Bank, partition int32, list ...*pb.LogRecord) {
	t.Helper()
	client, err := kgo.NewClient(append(slices.Clone(b.Kafka), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, rec := range list {
		value, err := rec.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		r := &kgo.Record{Topic: b.Namespace.Topic(topics.Events), Partition: partition, Value: value}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheNewLogSaysTheSame: of each customer the fold of the new log says what that of
// the old one has said, in the same order.
func TestTheNewLogSaysTheSame(t *testing.T) {
	for _, n := range []int32{5, 2} {
		t.Run(fmt.Sprint("three to ", n), func(t *testing.T) {
			b := bank(t, 3)
			lived(t, b, 70, true)
			b.Fold()
			b.Folded()
			now := repartitioned(t, b, quietly(n, ""))
			if now.Namespace != "tierwatch-e2" {
				t.Errorf("the new topics are those of %s", now.Namespace)
			}
			now.Fold()
			now.Folded()
			sameSaid(t, "the same log", said(t, now), said(t, b))
			opens(t, now)
		})
	}
}

// TestItGoesOnAsIfItHadAlwaysBeen: what is written into the new log has the outcome that
// it has in a bank that had so many partitions from its start.
func TestItGoesOnAsIfItHadAlwaysBeen(t *testing.T) {
	for _, n := range []int32{5, 2} {
		t.Run(fmt.Sprint("three to ", n), func(t *testing.T) {
			b, always := bank(t, 3), bank(t, int(n))
			lived(t, b, 70, false)
			lived(t, always, 70, false)
			now := repartitioned(t, b, quietly(n, ""))
			for _, bank := range []*trial.Bank{now, always} {
				back := bank.Backfill(opened)
				bank.Days(back, opened, opened+72, opened+100)
				if err := back.Handover(t.Context(), opened+100); err != nil {
					t.Fatal(err)
				}
				bank.Fold()
				bank.Folded()
			}
			sameSaid(t, "further days", said(t, now), said(t, always))
			for c := range 12 {
				who := fmt.Sprint("C", c)
				if got, want := now.Customer(who, 0), always.Customer(who, 0); !reflect.DeepEqual(got.Schemes, want.Schemes) || !reflect.DeepEqual(got.Accounts, want.Accounts) {
					t.Errorf("%s: %+v, want %+v", who, got, want)
				}
			}
		})
	}
}

// opens wants each partition to begin as a log does, and time in it as of one writer.
func opens(t *testing.T, b *trial.Bank) {
	t.Helper()
	for id, list := range records(t, b, topics.Events) {
		kinds, closed, ticked := "", int32(0), int64(0)
		for _, r := range list {
			if len(r.Key) > 0 {
				kinds += "c"
				continue
			}
			rec := new(pb.LogRecord)
			if err := rec.UnmarshalVT(r.Value); err != nil {
				t.Fatal(err)
			}
			if termOf(rec) != 0 {
				t.Errorf("partition %d, offset %d: the term of a writer of the old log", id, r.Offset)
			}
			switch {
			case rec.Term != nil:
				kinds += "T"
			case rec.Engine != nil:
				kinds += "E"
				if rec.Engine.Epoch != 2 {
					t.Errorf("partition %d: epoch %d", id, rec.Engine.Epoch)
				}
			case rec.Policy != nil:
				kinds += "P"
			case rec.Tick != nil:
				if kinds += "K"; rec.Tick.At <= ticked {
					t.Errorf("partition %d, offset %d: a TICK without effect", id, r.Offset)
				}
				ticked = rec.Tick.At
			case rec.Close != nil:
				if closed != 0 && rec.Close.Day != closed+1 {
					t.Errorf("partition %d, offset %d: CLOSE of %d after that of %d", id, r.Offset, rec.Close.Day, closed)
				}
				closed = rec.Close.Day
			}
		}
		if len(kinds) < 4 || kinds[:4] != "TEPK" {
			t.Errorf("partition %d begins with %.10s", id, kinds)
		}
	}
}

// errKilled ends a run between two steps.
var errKilled = errors.New("killed")

// TestKilledAnywhere: ended between any two steps, and in the midst of the copy, the
// same command makes the same log, byte for byte, as one that nothing has ended.
func TestKilledAnywhere(t *testing.T) {
	b := bank(t, 3)
	lived(t, b, 30, true)
	b.PublishRate(opened, "USD", 7)
	whole := repartitioned(t, b, quietly(5, "whole"))
	want := bytesOf(t, whole, topics.Events)
	undone(t, b)

	const to = topics.Namespace("killed")
	for _, s := range steps {
		o := quietly(5, to)
		o.between = func(name string) error {
			if name == s.name {
				return errKilled
			}
			return nil
		}
		if _, _, err := Run(t.Context(), b.Deployment, o); !errors.Is(err, errKilled) {
			t.Fatalf("before %q: %v", s.name, err)
		}
		if s.name != "copy the log" {
			continue
		}
		for n := int64(50); n+7 < int64(len(want)); n += 150 {
			killedCopying(t, b, quietly(5, to), n)
		}
	}
	made := repartitioned(t, b, quietly(5, to))
	if got := bytesOf(t, made, topics.Events); !slices.Equal(got, want) {
		t.Errorf("%d records, want %d: %v", len(got), len(want), firstOther(got, want))
	}
	if got, want := made.Control().Table(), whole.Control().Table(); got.Time.LastClose != want.Time.LastClose || got.Time.TickAt != want.Time.TickAt ||
		len(got.Publications(0)) != 1 || !got.Made.Done {
		t.Errorf("control topic: %+v, want %+v", got.Time, want.Time)
	}
	p, counts, err := Run(t.Context(), b.Deployment, quietly(5, to))
	if err != nil || !p.Done || counts.Control != 0 {
		t.Errorf("once more: %+v, %+v, %v", p, counts, err)
	}
	if got := bytesOf(t, made, topics.Events); !slices.Equal(got, want) {
		t.Error("once more changes the log")
	}
}

// killedCopying ends the copy when the new log has n records, and some more are under
// way.
func killedCopying(t *testing.T, b *trial.Bank, o *Options, n int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.appended = func(total int64, copier *kafka.Copier) {
		switch total {
		case n:
			if err := copier.Flush(ctx); err != nil {
				t.Error(err)
			}
		case n + 7:
			cancel()
		}
	}
	if _, _, err := Run(ctx, b.Deployment, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("after %d records: %v", n, err)
	}
	// How many more depends on how soon the copy hears of it.
	if have := len(bytesOf(t, b.At(o.To, 5), topics.Events)); have < int(n) {
		t.Fatalf("the new log has %d records, want %d at least", have, n)
	}
}

func firstOther(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("%s, want %s", got[i], want[i])
		}
	}
	return "one is longer"
}

// TestBackAndForth: what was left may be written again once it is taken back, and not
// before.
func TestBackAndForth(t *testing.T) {
	b := bank(t, 3)
	lived(t, b, 10, true)
	now := repartitioned(t, b, quietly(5, ""))
	refused := func(which *trial.Bank, want error) {
		t.Helper()
		_, err := control.StartBackfill(t.Context(), control.BackfillOptions{Kafka: which.Kafka, Namespace: which.Namespace, Calendar: which.Calendar})
		if !errors.Is(err, want) {
			t.Errorf("a writer of %s: %v, want %v", which.Namespace, err, want)
		}
	}
	refused(b, control.ErrMoved)
	if err := now.Backfill(opened).Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told, err := Back(t.Context(), b.Deployment, false); err != nil || told.To != "tierwatch-e2" || told.Redriven != 0 {
		t.Fatal(told, err)
	}
	refused(now, control.ErrMoved)
	if err := b.Backfill(opened).Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := Back(t.Context(), b.Deployment, false); !errors.Is(err, ErrNothing) {
		t.Errorf("back once more: %v", err)
	}
	// A further one takes another prefix and another epoch, also where the first topics are
	// gone, and from the second log a third can be made.
	if _, _, err := Run(t.Context(), b.Deployment, quietly(5, "tierwatch-e2")); !errors.Is(err, ErrTaken) {
		t.Errorf("the same topics again: %v", err)
	}
	is := func(which *trial.Bank, ns topics.Namespace, epoch uint32) {
		t.Helper()
		if e := which.Control().Table().Made.Epoch; e != epoch || which.Namespace != ns {
			t.Errorf("epoch %d of %s, want %d of %s", e, which.Namespace, epoch, ns)
		}
	}
	second := repartitioned(t, b, quietly(2, ""))
	is(second, "tierwatch-e3", 3)
	is(repartitioned(t, second, quietly(4, "third")), "third", 4)
	// The way back goes step by step, and no epoch is given twice.
	if _, err := Back(t.Context(), b.Deployment, false); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), "tierwatch-e3 was left too, and goes on as third") {
		t.Errorf("two steps at once: %v", err)
	}
	for _, which := range []*trial.Bank{second, b} {
		if _, err := Back(t.Context(), which.Deployment, false); err != nil {
			t.Fatal(err)
		}
	}
	is(repartitioned(t, b, quietly(2, "")), "tierwatch-e5", 5)
}
