package fold_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// FuzzApply folds bytes between honest records: nothing may panic, an error is
// ErrPoison, and an honest customer is served as before.
func FuzzApply(f *testing.F) {
	seed := func(r *pb.LogRecord) {
		v, err := r.MarshalVT()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(v, uint16(0), byte(0))
		f.Add(v, uint16(len(v)/2), byte(0x80))
	}
	for _, x := range forgeries(first + 1) {
		if v, _ := x.rec.MarshalVT(); len(v) < 1<<12 {
			seed(x.rec)
		}
	}
	for _, x := range []*pb.Transaction{
		txn("1", first+1, 5, version(2)), txn("1", first, 100, status(pb.TxnStatus_REVERSED)), txn("2", first+1, -5, reversalOf("1", pb.ReversalKind_PARTIAL)),
		txn("3", first+1, 1, func(t *pb.Transaction) { t.BalanceKnown, t.BalanceAfter, t.BalanceTrust = true, 9, 1 }),
		txn("4", first+1, 1, func(t *pb.Transaction) { t.BalanceKnown, t.BalanceAfter, t.BalanceTrust = true, 9, 2 }),
	} {
		seed(wrap(x))
	}
	seed(&pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C1", RmId: "R1", BranchPath: []string{"HQ", "1"}}})
	seed(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: 1, OpenedDay: first - 9, ClosedDay: first + 1}})
	seed(&pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: "A1", AccountType: 1, Day: first, Balance: -77}})
	seed(&pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "C1", AccountId: "A1", Dpd: 3, LimitMinor: 7}})
	seed(&pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "C1", ComplaintId: "1", Open: true}})
	seed(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "gold", SinceDay: first}})
	seed(&pb.LogRecord{Override: &pb.TierOverride{CustomerId: "C1", Scheme: "card", Tier: "gold", UntilDay: first + 40}})
	seed(&pb.LogRecord{Rates: &pb.Rates{Day: first + 1, Rates: []*pb.Rate{{Unit: "USD", RateE12: 7e12}}}})
	seed(&pb.LogRecord{Handover: &pb.Handover{Day: first}})
	seed(&pb.LogRecord{Close: &pb.Close{Day: first + 1, Cut: int64(first+2) * 86400}})
	f.Fuzz(func(t *testing.T, v []byte, at uint16, flip byte) {
		if v = slices.Clone(v); len(v) > 0 {
			v[int(at)%len(v)] ^= flip
		}
		if outOfTime(v) {
			t.Skip("time itself is forged")
		}
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", first, 600_000)
		tp.txn("0", first, 60_000, func(t *pb.Transaction) { t.CustomerId = "C2" })
		tp.closeTo(first, first)
		err := tp.raw(v)
		if err != nil && !errors.Is(err, fold.ErrPoison) {
			t.Fatalf("error %v is not ErrPoison", err)
		}
		if err != nil {
			if len(tp.said) != 0 {
				t.Fatal("a poisoned record said something")
			}
			return
		}
		closed := tp.part.Clock().LastClose
		tp.closeTo(closed+1, closed+2)
		tp.tick(closed + 3)
		// Whoever the record was of: the account of an honest customer stands.
		x, ok := tp.part.Explain("C2")
		if !ok || len(x.Accounts) == 0 || x.Accounts[0].ID != "A1" || (x.Entries == 1 && x.Accounts[0].Book != 60_000_00 && !x.Accounts[0].Healed) {
			t.Fatalf("another customer is no longer served: %+v", x)
		}
	})
}

// outOfTime tells whether a record forges time: the writer of time is one of ours,
// and a person's seed names days of this century.
func outOfTime(v []byte) bool {
	var r pb.LogRecord
	if r.UnmarshalVT(v) != nil {
		return false
	}
	const far = 30_000
	out := func(days ...int32) bool {
		for _, d := range days {
			if d < 0 || d > far {
				return true
			}
		}
		return false
	}
	return r.Close != nil && out(r.Close.Day) || r.Tick != nil && out(r.Tick.BusinessDay) || r.Term != nil || r.Engine != nil || r.Policy != nil ||
		r.Seed != nil && out(r.Seed.SinceDay, r.Seed.GuaranteeUntil) || r.Override != nil && out(r.Override.UntilDay) ||
		r.GetClose().GetTerm() > 0 || r.GetTick().GetTerm() > 0
}
