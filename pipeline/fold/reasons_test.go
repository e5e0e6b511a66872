package fold_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestReasonTellsTheAssetsAroundIt: the outflow of semantics 7 is told with what was
// there before and after it.
func TestReasonTellsTheAssetsAroundIt(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(&pb.LogRecord{Balance: &pb.BalanceSnapshot{
		CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: first - 1,
		Balance: 52_000_000, EventTime: int64(first)*86400 - 1, BusinessDay: first - 1,
	}})
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, Misses: 1, BusinessDay: first}})
	out := day.Of(2025, 1, 21)
	for d := first; d < out; d++ {
		tp.close(d)
	}
	tp.txn("88", out, -220_000)
	tp.close(out)
	for _, s := range tp.said {
		a, ok := s.msg.(*pb.Alert)
		if !ok || a.Code != "VALUE_DOWNGRADE_PROJECTED" {
			continue
		}
		if !strings.Contains(a.TextZh, "(52万→30万)") || !strings.Contains(a.TextEn, "(CNY 520,000 to CNY 300,000)") {
			t.Errorf("told:\n%s\n%s", a.TextZh, a.TextEn)
		}
		return
	}
	t.Error("no VALUE_DOWNGRADE_PROJECTED at the CLOSE of the outflow's day")
}

// TestReasonNamesNothingTakenBack: the largest outflow was reversed, a smaller one
// stands: only its amount is told (rule R95).
func TestReasonNamesNothingTakenBack(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 520_000)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, Misses: 1, BusinessDay: first}})
	out := day.Of(2025, 1, 21)
	tp.closeTo(first, out-1)
	for _, taken := range []bool{false, true} {
		if taken {
			tp.txn("88", out, -220_000, status(pb.TxnStatus_REVERSED))
			tp.txn("89", out+1, -210_000)
			tp.close(out + 1)
		} else {
			tp.txn("88", out, -220_000)
			tp.close(out)
		}
		i := slices.IndexFunc(tp.said, func(s saying) bool {
			a, ok := s.msg.(*pb.Alert)
			return ok && a.MissesAllowed > 0 && a.State == pb.AlertState_OPEN
		})
		if i < 0 {
			t.Fatalf("taken back %v: no alert", taken)
		}
		r := tp.said[i].msg.(*pb.Alert).Reasons
		if len(r) != 1 || r[0].Code != "EXTERNAL_OUTFLOW" || (r[0].EventId == "") != taken {
			t.Errorf("taken back %v: %v", taken, r)
		}
	}
}

// TestReasonNamesNoOutflowBehindItsDay: a CLOSE comes late, and as much as went out on its
// day has gone out once more two days on. What is told as of the CLOSE neither sums nor
// names what lies behind the alert's day (rule R95); what is told a day later does.
func TestReasonNamesNoOutflowBehindItsDay(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 520_000)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, Misses: 1, BusinessDay: first}})
	out := day.Of(2025, 1, 21)
	tp.closeTo(first, out-1)
	tp.txn("88", out, -220_000)
	tp.tick(out + 2)
	tp.txn("89", out+2, -220_000) // as large: it is the one that is remembered
	tells := func(sum int64, event string, on int32) {
		t.Helper()
		a := tp.risk()
		if a == nil {
			t.Fatal("no alert")
		}
		if r := a.Reasons; len(r) != 1 || r[0].Code != "EXTERNAL_OUTFLOW" || r[0].AmountMinor != sum || r[0].EventId != event || r[0].Day != on {
			t.Errorf("reasons %v, want an outflow of %d, %q named", r, sum, event)
		}
	}
	tp.close(out)
	tells(22_000_000, "", out) // the smaller one is not remembered, its day is known all the same
	tp.close(out + 1)
	tp.write(&pb.LogRecord{Handover: &pb.Handover{Day: out + 1}}) // tells what is open again
	tells(44_000_000, "core:89:1", out+2)
}

// TestReasonTellsEachScopeApart: a sum of outflows has neither the day nor the
// destination of the largest of them, and a day on which something else moved does not
// tell its assets as that outflow's (rule R133).
func TestReasonTellsEachScopeApart(t *testing.T) {
	out := day.Of(2025, 1, 21)
	bank := func(x *pb.Transaction) { x.CounterpartyType = pb.CounterpartyType_OTHER_BANK }
	for _, x := range []struct {
		name, zh, en string
		book         func(*tape)
	}{
		{
			"one outflow, alone on its day", "原因:1月21日转出他行22万(52万→30万)。", "Why: CNY 220,000 went out to another bank on 21 Jan (CNY 520,000 to CNY 300,000).",
			func(*tape) {},
		},
		{
			"one outflow, another movement that day", "原因:1月21日转出他行22万;", "Why: CNY 220,000 went out to another bank on 21 Jan; ",
			func(tp *tape) {
				tp.txn("87", out, -5_000, func(x *pb.Transaction) { x.TxnType = pb.TxnType_FEE })
			},
		},
		{
			"two outflows", "原因:1月1日以来转出22.5万,最大一笔为1月21日转出他行22万。", "Why: CNY 225,000 went out since 1 Jan, the largest on 21 Jan: CNY 220,000 to another bank.",
			func(tp *tape) {
				tp.txn("87", out, -5_000, func(x *pb.Transaction) { x.CounterpartyType = pb.CounterpartyType_WALLET })
			},
		},
	} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", first, 520_000)
		tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, Misses: 1, BusinessDay: first}})
		tp.closeTo(first, out-1)
		x.book(tp)
		tp.txn("88", out, -220_000, bank)
		tp.close(out)
		i := slices.IndexFunc(tp.said, func(s saying) bool {
			a, ok := s.msg.(*pb.Alert)
			return ok && a.Code == "VALUE_DOWNGRADE_PROJECTED"
		})
		if i < 0 {
			t.Fatalf("%s: no alert", x.name)
		}
		if a := tp.said[i].msg.(*pb.Alert); !strings.Contains(a.TextZh, x.zh) || !strings.Contains(a.TextEn, x.en) {
			t.Errorf("%s:\n%s\n%s", x.name, a.TextZh, a.TextEn)
		}
	}
}

// TestAFallIsExplainedByTheTierThatWasLost: the news of a fall tells what the balance of
// the tier that was lost has lost since the first miss; the tier landed on asks for none,
// and its period has only begun (rule R138).
func TestAFallIsExplainedByTheTierThatWasLost(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 60_000)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "gold", SinceDay: first, BusinessDay: first}})
	out := day.Of(2025, 1, 4)
	tp.closeTo(first, out-1)
	tp.txn("88", out, -15_000)
	tp.closeTo(out, day.Of(2025, 2, 28))
	i := slices.IndexFunc(tp.said, func(s saying) bool {
		a, ok := s.msg.(*pb.Alert)
		return ok && a.Code == "TIER_DOWNGRADED" && a.Scheme == "card"
	})
	if i < 0 {
		t.Fatal("no TIER_DOWNGRADED")
	}
	a := tp.said[i].msg.(*pb.Alert)
	if r := a.Reasons; len(r) != 1 || r[0].Code != "EXTERNAL_OUTFLOW" || r[0].AmountMinor != 1_500_000 || r[0].EventId != "core:88:1" {
		t.Errorf("reasons %v", r)
	}
	if !strings.Contains(a.TextEn, "Why: CNY 15,000 went out on 4 Jan") {
		t.Errorf("told: %s", a.TextEn)
	}
}

// TestReasonsUnderRulesOfEventsForgetThePeriods: January was decided under monthly
// rules and no miss. The miss that an event brings under later rules is not of
// January, so nothing of January is a reason (rule R111).
func TestReasonsUnderRulesOfEventsForgetThePeriods(t *testing.T) {
	tp := newTape(t, fold.Options{}, replaceAt(eventPolicy, "month"))
	tp.write(&pb.LogRecord{Balance: &pb.BalanceSnapshot{
		CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: first - 1,
		Balance: 600_000, EventTime: int64(first)*86400 - 1, BusinessDay: first - 1,
	}})
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "point", Tier: "high", SinceDay: first, BusinessDay: first}})
	tp.txn("1", first, -10)
	feb := day.Of(2025, 2, 1)
	tp.closeTo(first, feb)
	next := strings.Replace(replaceAt(eventPolicy, "event"), "version: 1", "version: 2", 1)
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: feb + 2, Yaml: []byte(next)}})
	tp.closeTo(feb+1, feb+2)
	tp.txn("2", feb+3, -3_000)
	tp.close(feb + 3)
	if a := tp.risk(); a == nil || len(a.Reasons) != 0 {
		t.Errorf("at the CLOSE: %v", a)
	}
	tp.txn("3", feb+4, -500)
	if a := tp.risk(); a == nil || len(a.Reasons) != 1 || a.Reasons[0].AmountMinor != 50_000 {
		t.Errorf("at the event: %v", a)
	}
}

// TestReasonNamesWhatItSums: cash is another reason, and a larger outflow of a month before
// is none of the open period's: the outflow that the reason tells is named (rule R188).
func TestReasonNamesWhatItSums(t *testing.T) {
	feb := day.Of(2025, 2, 1)
	for _, x := range []struct {
		name  string
		had   int64
		at    int32
		other func(*pb.Transaction)
	}{
		{"more cash two days before", 950_000, feb + 9, func(r *pb.Transaction) { r.TxnType = pb.TxnType_WITHDRAWAL_CASH }},
		{"a larger one in January", 950_000, feb - 12, func(*pb.Transaction) {}},
		{"a larger one from an account that does not count", 540_000, feb + 9, func(r *pb.Transaction) {
			r.AccountId, r.AccountType = "S1", pb.AccountType_CUSTODY
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("1", first, x.had)
			tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, BusinessDay: first}})
			tp.closeTo(first, x.at-1)
			tp.txn("87", x.at, -410_000, x.other)
			tp.closeTo(x.at, feb+10)
			tp.txn("88", feb+11, -400_000)
			tp.close(feb + 11)
			a := tp.risk()
			if a == nil {
				t.Fatal("no alert")
			}
			i := slices.IndexFunc(a.Reasons, func(r *pb.Reason) bool { return r.Code == "EXTERNAL_OUTFLOW" })
			if i < 0 || a.Reasons[i].EventId != "core:88:1" || a.Reasons[i].Day != feb+11 || a.Reasons[i].AmountMinor != 40_000_000 {
				t.Errorf("reasons %v, want the transfer of 12 February", a.Reasons)
			}
		})
	}
}

// TestReasonNamesWhatWaits: what goes out on the 1st, before the CLOSE of the month, is not
// the largest of what that CLOSE looks at (rule R188).
func TestReasonNamesWhatWaits(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 520_000)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, BusinessDay: first}})
	feb := day.Of(2025, 2, 1)
	tp.closeTo(first, feb-12)
	tp.txn("88", feb-11, -400_000)
	tp.closeTo(feb-11, feb-2)
	tp.txn("89", feb, -100)
	tp.close(feb - 1)
	a := tp.risk()
	if a == nil {
		t.Fatal("no alert")
	}
	i := slices.IndexFunc(a.Reasons, func(r *pb.Reason) bool { return r.Code == "EXTERNAL_OUTFLOW" })
	if i < 0 || a.Reasons[i].EventId != "core:88:1" || a.Reasons[i].Day != feb-11 {
		t.Errorf("reasons %v, want the transfer of 21 January", a.Reasons)
	}
}
