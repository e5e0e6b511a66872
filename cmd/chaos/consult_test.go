package main

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

const consultedPolicy = `
policy: test
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  aum: {kind: adb, over: month, classes: [deposits]}
schemes:
  card:
    by: aum
    assess: month
    upgrade: at_close
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000, watch_after: 1, down_after: 2, lands_on: last}
alerts:
  LARGE_OUTFLOW: {share: 20%}
`

// consulted is how many customers of a partition the oracle is asked of here.
const consulted = 16

// outDay is 2025-02-06, on which the customer of eventful sends his money away.
const outDay = 20_125

// eventful is a log in which a customer enters a tier, sends most of his money away
// under one event id told twice, a booking is dated ahead, and one, its reversal, one
// that is pending and one of three days ago come late.
func eventful() []*pb.LogRecord {
	first := int32(outDay - 9)
	l := new(gen.Log).Begin(consultedPolicy, first)
	l.CloseThrough(first, first)
	l.Open("C", "a", pb.AccountType_DEMAND, gen.Base, first-60)
	l.Balance("C", "a", first, 10_000_000)
	l.CloseThrough(first+1, first+8)
	l.Tick(first + 9)
	l.Book("C", "a", first+9, -9_500_000, gen.ID("out"))
	l.Book("C", "a", first+9, -9_500_000, gen.ID("out"))
	l.Book("C", "a", first+30, 100, gen.ID("ahead"))
	l.Book("C", "a", first+8, 100, gen.ID("late"))
	l.Book("C", "a", first+8, 100, gen.ID("back"), gen.Reverses("late", pb.ReversalKind_FULL))
	l.Book("C", "a", first+8, 100, gen.ID("held"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_PENDING })
	l.Book("C", "a", first+6, 100, gen.ID("later"))
	l.CloseThrough(first+9, first+20)
	return l.Records
}

// folded is the logbook of a log of one partition and of what the fold says of it.
func folded(t *testing.T, records []*pb.LogRecord) *logbook {
	t.Helper()
	topic := map[fold.Kind]topics.ID{
		fold.KindAlert: topics.Alerts, fold.KindTierChange: topics.TierChanges, fold.KindSnapshot: topics.Snapshots,
		fold.KindVerdict: topics.Verdicts, fold.KindDeadLetter: topics.DLQ,
	}
	b := newLogbook(1)
	p := fold.New(fold.Options{})
	var out fold.Outputs
	for i, r := range records {
		value, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		b.partitions[0] = append(b.partitions[0], entry{place{0, int64(i)}, kafka.Customer(r), value})
		if err := p.Apply(int64(i), value, &out); err != nil {
			t.Fatal(err)
		}
		for p.Draining() {
			p.Drain(1, &out)
		}
		for _, o := range out.List {
			if _, _, err := b.output(topic[o.Kind], &kgo.Record{Value: bytes.Clone(o.Value)}); err != nil {
				t.Fatal(err)
			}
		}
		out.Reset()
	}
	return b
}

// risk is the place of the first risk among the customer's alerts that has a reason.
func risk(t *testing.T, b *logbook) *pb.Alert {
	t.Helper()
	for _, a := range b.alerts["C"] {
		if a.Code == "MISS_PROJECTED" && a.State == pb.AlertState_OPEN && a.Money != nil && len(a.Reasons) > 0 && a.Reasons[0].EventId != "" {
			return a
		}
	}
	t.Fatalf("no MISS_PROJECTED with money and a reason among %v", b.alerts["C"])
	return nil
}

// saidOf is the place of the first snapshot of a day among the customer's, written again or not.
func saidOf(t *testing.T, b *logbook, day int32, again bool) int {
	t.Helper()
	i := slices.IndexFunc(b.snapshots["C"], func(s *pb.Snapshot) bool { return s.Day == day && s.Restated == again })
	if i < 0 {
		t.Fatalf("no snapshot of %s, written again %t, among %v", date(day), again, b.snapshots["C"])
	}
	return i
}

// Each thing that the fold says otherwise than the oracle is told, once.
func TestConsult(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(t *testing.T, b *logbook)
		want int
	}{
		{"sound", func(*testing.T, *logbook) {}, 0},
		{"another severity of an alert", func(_ *testing.T, b *logbook) { b.alerts["C"][0].Severity = pb.Severity_INFO }, 1},
		{"another sum asked for", func(t *testing.T, b *logbook) { risk(t, b).Money.TopUpMinor++ }, 1},
		{"another event named", func(t *testing.T, b *logbook) { risk(t, b).Reasons[0].EventId = "core:other:1" }, 1},
		{"an alert is missing", func(_ *testing.T, b *logbook) { b.alerts["C"] = b.alerts["C"][1:] }, 1},
		{"all alerts are missing", func(_ *testing.T, b *logbook) { clear(b.alerts) }, 1},
		{"an alert is told twice", func(_ *testing.T, b *logbook) { b.alerts["C"] = append(b.alerts["C"], b.alerts["C"][0]) }, 1},
		{"an alert of another place", func(_ *testing.T, b *logbook) { b.alerts["C"][0].Log.Offset++ }, 1},
		{"a verdict is missing", func(_ *testing.T, b *logbook) { b.verdicts["C"] = b.verdicts["C"][1:] }, 1},
		{"a verdict of another kind", func(_ *testing.T, b *logbook) { b.verdicts["C"][0].Kind = pb.VerdictKind_VERDICT_LATE }, 1},
		{"a dead letter is missing", func(_ *testing.T, b *logbook) { clear(b.refused) }, 1},
		{"another cause of a dead letter", func(_ *testing.T, b *logbook) { b.refused["C"][0].Cause = "too_late" }, 1},
		{"a snapshot is missing", func(t *testing.T, b *logbook) {
			b.snapshots["C"] = slices.Delete(b.snapshots["C"], saidOf(t, b, outDay, false), saidOf(t, b, outDay, false)+1)
		}, 1},
		{"no snapshot at all", func(_ *testing.T, b *logbook) { clear(b.snapshots) }, 1},
		{"another sum in a snapshot", func(t *testing.T, b *logbook) { b.snapshots["C"][saidOf(t, b, outDay, false)].Schemes[0].AdbSumMinor++ }, 1},
		{"another fall in a snapshot", func(t *testing.T, b *logbook) { b.snapshots["C"][saidOf(t, b, outDay, false)].Schemes[0].DownOn++ }, 1},
		{"a snapshot of another day", func(t *testing.T, b *logbook) { b.snapshots["C"][saidOf(t, b, outDay, false)].Day++ }, 1},
		{"a snapshot of another place", func(t *testing.T, b *logbook) { b.snapshots["C"][saidOf(t, b, outDay, false)].Log.Offset++ }, 1},
		{"a snapshot more, of no place", func(_ *testing.T, b *logbook) {
			more := b.snapshots["C"][0].CloneVT()
			more.Log.Offset += 1000
			b.snapshots["C"] = append(b.snapshots["C"], more)
		}, 1},
		{"a snapshot is said twice", func(_ *testing.T, b *logbook) { b.snapshots["C"] = append(b.snapshots["C"], b.snapshots["C"][0]) }, 1},
		{"a day is not written again", func(t *testing.T, b *logbook) {
			b.snapshots["C"] = slices.Delete(b.snapshots["C"], saidOf(t, b, outDay-1, true), saidOf(t, b, outDay-1, true)+1)
		}, 1},
		{"the last of the days that are written again is missing", func(t *testing.T, b *logbook) { b.snapshots["C"][saidOf(t, b, outDay-3, true)].Later = nil }, 1},
		{"another sum in a day written again", func(t *testing.T, b *logbook) {
			b.snapshots["C"][saidOf(t, b, outDay-1, true)].Schemes[0].AdbSumMinor++
		}, 1},
		{"a move to another tier", func(_ *testing.T, b *logbook) { b.changes["C"][0].To = "mass" }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := folded(t, eventful())
			c.harm(t, b)
			var found findings
			got, stands, err := consult(t.Context(), b, gen.Base, consulted, &found)
			if err != nil {
				t.Fatal(err)
			}
			if found.n != c.want {
				t.Errorf("%d differences, want %d: %q", found.n, c.want, found.first)
			}
			if c.want == 0 && (got.Consulted != 1 || got.Moves != 1 || got.Verdicts != 7 || got.Letters != 1 || got.Alerts < 2 || got.Snapshots < 10) {
				t.Errorf("compared: %s", got.text())
			}
			if len(stands.list) != 1 || stands.day != outDay+11 {
				t.Errorf("in the end they stand on %s as %+v", date(stands.day), stands.list)
			}
		})
	}
}

// Some are chosen for their alerts, those of other codes first, some for a tier that a policy
// has taken, some for their dead letters, and the first of the log.
func TestChosenForTheOracle(t *testing.T) {
	b := newLogbook(1)
	for i := range 80 {
		b.partitions[0] = append(b.partitions[0], entry{customer: fmt.Sprintf("C%02d", i%40)}, entry{})
	}
	say := func(id string, codes ...string) {
		for _, code := range codes {
			b.alerts[id] = append(b.alerts[id], &pb.Alert{Code: code})
		}
	}
	say("C00", "NEAR_UPGRADE")
	say("C33", "LARGE_OUTFLOW", "LARGE_OUTFLOW", "LARGE_OUTFLOW")
	say("C35", "NEAR_UPGRADE", "MISS_PROJECTED")
	b.refused["C38"] = []*pb.DeadLetter{{Cause: "too_late"}}
	b.changes["C36"] = []*pb.TierChange{{Kind: pb.ChangeKind_UPGRADED}, {Kind: pb.ChangeKind_REMAPPED}}
	want := []string{"C35", "C33", "C00", "C36", "C38"}
	for i := 1; len(want) < consulted; i++ {
		want = append(want, fmt.Sprintf("C%02d", i))
	}
	if got := b.choose(b.partitions[0], consulted); !slices.Equal(got, want) {
		t.Errorf("chosen: %q, want %q", got, want)
	}
	for i := range 40 {
		say(fmt.Sprintf("C%02d", i), "TIER_UPGRADED")
	}
	delete(b.alerts, "C05")
	if got := b.choose(b.partitions[0], consulted); !slices.Contains(got, "C05") || len(got) != consulted {
		t.Errorf("chosen: %q, without the one of whom no alert was said", got)
	}
	if got := b.choose(b.partitions[0], 0); len(got) != 40 {
		t.Errorf("of 40 customers all are asked, chosen: %q", got)
	}
	for n := 1; n < 60; n++ {
		if got := b.choose(b.partitions[0], n); len(got) != min(n, 40) {
			t.Errorf("of 40 customers %d are asked, chosen: %q", n, got)
		}
	}
}
