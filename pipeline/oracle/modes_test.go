package oracle_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestHandover: a HANDOVER tells each open alert once more, with mode LIVE, and
// nothing else (semantics 1).
func TestHandover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := gen.Draw(t, gen.Features{MaxDays: 80, Seeded: true, NoSkips: true, NoPolicies: true, NoSide: true, NoHeals: true})
		term := &pb.LogRecord{Term: &pb.Term{Term: 0, Mode: pb.Mode_BACKFILL, Holder: "load"}}
		l.Records = slices.Insert(l.Records, 1, term)
		v, last := fed(t, l, 1000)
		open := map[string]*pb.Alert{}
		for id, a := range v.cases {
			if a.Mode != pb.Mode_BACKFILL {
				t.Fatalf("alert %s %s has mode %s in a BACKFILL\n%s", id, a.Code, a.Mode, l)
			}
			if a.State == pb.AlertState_OPEN {
				open[id] = a
			}
		}
		if err := v.Apply(int64(len(l.Records)), &pb.LogRecord{Handover: &pb.Handover{Day: last}}); err != nil {
			t.Fatal(err)
		}
		if len(v.last.alerts) != len(open) {
			t.Fatalf("%d alerts told, %d were open\n%s", len(v.last.alerts), len(open), l)
		}
		for _, a := range v.last.alerts {
			was := open[a.AlertId]
			same := was != nil && a.Revision == was.Revision+1 && a.Code == was.Code && a.OpenedDay == was.OpenedDay
			if !same || a.State != pb.AlertState_OPEN || a.Mode != pb.Mode_LIVE || a.FallsOn != was.FallsOn || a.MissesUsed != was.MissesUsed {
				t.Fatalf("told at the HANDOVER: %v\nbefore it: %v\n%s", a, was, l)
			}
		}
		if n := len(v.last.changes) + len(v.last.snapshots) + len(v.last.dead); n != 0 {
			t.Fatalf("a HANDOVER said %d other things\n%s", n, l)
		}
	})
}

// TestEventClock: with `clock: event` no control record comes; the customer's
// newest event is the clock, and no period closes.
func TestEventClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := gen.Draw(t, gen.Features{MaxDays: 90, NoPolicies: true, NoUnits: true, Lag: rapid.Bool().Draw(t, "lag")})
		l.Records[0].Engine.Clock = "event"
		l.Records = slices.DeleteFunc(l.Records, func(r *pb.LogRecord) bool {
			return r.Tick != nil || r.Close != nil || r.Rates != nil
		})
		w := newTwins()
		w.closeless = true
		w.play(t, l)
	})
}

// TestMerged: a customer who may hold few single entries has older ones merged by
// day; what is decided stays the same where nothing asks for a single one.
func TestMerged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := gen.Features{MaxDays: 120, Warm: true, Seeded: true, NoSkips: true, NoPolicies: true, NoSide: true, NoHeals: true, NoUnits: true}
		l := gen.Draw(t, f)
		seen, today := map[string]bool{}, int32(0)
		l.Records = slices.DeleteFunc(l.Records, func(r *pb.LogRecord) bool {
			if r.Tick != nil {
				today = r.Tick.BusinessDay
			}
			x := r.Transaction
			if x == nil {
				return false
			}
			single := seen[x.TxnId] || x.ReversalOf != "" || x.Status != pb.TxnStatus_POSTED || x.BusinessDay < today
			seen[x.TxnId] = true
			return single
		})
		w := newTwins()
		w.f.p = fold.New(fold.Options{RawMax: 4})
		w.play(t, l)
	})
}
