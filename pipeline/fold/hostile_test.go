package fold_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestBadRecordsMoveNobody: a bank's log with bad records strewn in gives the same
// alerts, tier changes and snapshots as the log without them.
func TestBadRecordsMoveNobody(t *testing.T) {
	log := bankLog(t, 30, 70)
	rng := rand.New(rand.NewPCG(1, 11))
	clean, dirty := &tape{t: t, part: fold.New(fold.Options{})}, &tape{t: t, part: fold.New(fold.Options{})}
	var known []*pb.Transaction
	lastTick := int32(0)
	bad := 0
	for i, v := range log {
		if err := clean.raw(v); err != nil {
			t.Fatal(err)
		}
		if err := dirty.raw(v); err != nil {
			t.Fatal(err)
		}
		var rec pb.LogRecord
		if err := rec.UnmarshalVT(v); err != nil {
			t.Fatal(err)
		}
		switch {
		case rec.Transaction != nil:
			known = append(known, rec.Transaction)
		case rec.Tick != nil:
			lastTick = rec.Tick.BusinessDay
		}
		if i%3 != 0 || len(known) == 0 {
			continue
		}
		r := spoil(known[rng.IntN(len(known))].CloneVT(), lastTick, rng)
		b, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		if err := dirty.raw(b); err != nil {
			t.Fatal(err)
		}
		bad++
		if told := dirty.told(); !strings.Contains(told, "rejected/") && told != "duplicate" && told != "conflict/id_conflict dlq/id_conflict" &&
			!strings.HasPrefix(told, "superseded/older") {
			t.Fatalf("told %q of %v", told, r)
		}
	}
	if bad < 300 {
		t.Fatalf("only %d bad records", bad)
	}
	got, want := dirty.results(), clean.results()
	if !slices.Equal(got, want) {
		t.Fatalf("%d results, want %d; first of the others:\n%s", len(got), len(want), firstOther(got, want))
	}
}

// spoil makes a record that must change nothing of one that was folded.
func spoil(x *pb.Transaction, tick int32, rng *rand.Rand) *pb.LogRecord {
	fresh := func() { x.TxnId = fmt.Sprint("bad", rng.Uint64()) }
	switch rng.IntN(9) {
	case 0: // the same again
	case 1:
		x.AmountMinor++
	case 2:
		fresh()
		x.BusinessDay, x.ValueDay = tick+2, tick+2
	case 3:
		fresh()
		x.BusinessDay, x.ValueDay = tick-500, tick-500
	case 4:
		fresh()
		x.Currency, x.Unit = "XYZ", ""
	case 5:
		fresh()
		x.Direction = pb.Direction(7)
	case 6:
		fresh()
		x.AccountId = ""
	case 7:
		fresh()
		x.AmountMinor = -x.AmountMinor - 1
	case 8:
		return &pb.LogRecord{Seed: &pb.TierSeed{CustomerId: x.CustomerId, Scheme: "card", Tier: "no such tier", BusinessDay: tick}}
	}
	return wrap(x)
}

func firstOther(a, b []string) string {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return a[i]
		}
	}
	return "none"
}

// TestApplyKeepsNoBytesOfTheRecord: the log's buffer is used again after Apply. (The
// tape overwrites each record; a clone that lives on must give the same.)
func TestApplyKeepsNoBytesOfTheRecord(t *testing.T) {
	log := bankLog(t, 20, 40)
	a := &tape{t: t, part: fold.New(fold.Options{})}
	b := fold.New(fold.Options{})
	var out fold.Outputs
	for i, v := range log {
		if err := a.raw(v); err != nil {
			t.Fatal(err)
		}
		if err := b.Apply(int64(i), slices.Clone(v), &out); err != nil {
			t.Fatal(err)
		}
		for !b.Drain(1000, &out) {
			continue
		}
		var want []saying
		for _, o := range out.List {
			want = append(want, sayings(t, o)...)
		}
		if len(want) != len(a.said) {
			t.Fatalf("record %d: %d outputs, want %d", i, len(a.said), len(want))
		}
		for k, o := range want {
			if !slices.Equal(a.said[k].raw, o.raw) || a.said[k].customer != o.customer {
				t.Fatalf("record %d: output %d differs", i, k)
			}
		}
		out.Reset()
	}
}

// TestHugeStrings: texts of 10 MB where ids, names and reasons go are taken or
// refused, and the customer is served on.
func TestHugeStrings(t *testing.T) {
	long := strings.Repeat("\u00e9x\x00", 10<<20/4)
	for name, r := range map[string]*pb.LogRecord{
		"txn id":       wrap(txn(long, first, 1)),
		"source":       wrap(txn("s", first, 1, func(t *pb.Transaction) { t.Source = long })),
		"currency":     wrap(txn("c", first, 1, func(t *pb.Transaction) { t.Currency = long })),
		"unit":         wrap(txn("u", first, 1, func(t *pb.Transaction) { t.Unit, t.AccountId = long, "A2" })),
		"reversal of":  wrap(txn("r", first, 1, func(t *pb.Transaction) { t.ReversalOf = long })),
		"free codes":   wrap(txn("f", first, 1, func(t *pb.Transaction) { t.Mcc, t.TraceId, t.FiveClass = long, long, long })),
		"profile":      {Profile: &pb.CustomerProfile{CustomerId: "C1", EventTime: 1, DisplayName: long, PhoneTail: long, Segment: long}},
		"rm":           {Rm: &pb.RmAssignment{CustomerId: "C1", EventTime: 1, RmId: long, BranchPath: []string{long, long}}},
		"complaint":    {Complaint: &pb.Complaint{CustomerId: "C1", ComplaintId: long, Open: true}},
		"scheme":       {Seed: &pb.TierSeed{CustomerId: "C1", Scheme: long, Tier: long}},
		"reason":       {Override: &pb.TierOverride{CustomerId: "C1", Scheme: "card", Tier: "gold", Reason: long}},
		"balance unit": {Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: "A3", AccountType: 1, Unit: long, Day: first}},
		"product":      {Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: 1, ProductCode: long}},
	} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", first, 2_000)
		tp.write(r)
		tp.txn("2", first, 500)
		tp.closeTo(first, first+1)
		if x := tp.explain("C1"); x.Accounts[0].Book < 2_500_00 {
			t.Errorf("%s: the account holds %d", name, x.Accounts[0].Book)
		}
	}
}
