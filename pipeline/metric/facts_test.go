package metric

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/wide"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func TestSpan(t *testing.T) {
	d := day.Of(2024, 2, 10)
	tests := []struct {
		name     string
		mt       policy.Metric
		from, to int32
	}{
		{"month", policy.Metric{Over: policy.OverMonth}, day.Of(2024, 2, 1), day.Of(2024, 2, 29)},
		{"quarter", policy.Metric{Over: policy.OverQuarter}, day.Of(2024, 1, 1), day.Of(2024, 3, 31)},
		{"three months", policy.Metric{Over: policy.OverMonths, N: 3}, day.Of(2023, 12, 1), day.Of(2024, 2, 29)},
		{"90 days", policy.Metric{Over: policy.OverDays, N: 90}, d - 89, d},
	}
	for _, tt := range tests {
		if from, to := Span(&tt.mt, d); from != tt.from || to != tt.to {
			t.Errorf("%s: %s…%s, want %s…%s", tt.name, day.String(from), day.String(to), day.String(tt.from), day.String(tt.to))
		}
	}
}

// TestAverages: 500,000 held from 16 January, over the calendar's days, over 30,
// and what a threshold says to it.
func TestAverages(t *testing.T) {
	plan := &policy.Plan{Metrics: []policy.Metric{{Kind: policy.ADB, Over: policy.OverMonth, Weight: [16]int32{1: 10_000}}}}
	mt := &plan.Metrics[0]
	w := newWorld(plan)
	a := &w.store.Accounts(w.c)[0]
	from := day.Of(2025, 1, 16)
	w.store.AddMove(a, from, from, 50_000_000, false)
	at := At{Day: day.Of(2025, 1, 31)}
	if got := w.eval.Value(w.c, 0, at, nil); got != 25_806_452 {
		t.Errorf("January's average is %d, want 258,064.52", got)
	}
	mt.DayCount = 30
	if got := w.eval.Value(w.c, 0, at, nil); got != 26_666_667 {
		t.Errorf("over 30 days it is %d, want 266,666.67", got)
	}
	sum := w.eval.Sum(w.c, 0, day.Of(2025, 1, 1), at.Day)
	if want := wide.Mul(50_000_000*16, Scale); sum != want {
		t.Errorf("the sum is %v, want %v", sum, want)
	}
	if Meets(mt, sum, Divisor(mt, 31), 26_666_667) || !Meets(mt, sum, Divisor(mt, 31), 26_666_666) {
		t.Error("a threshold is compared exactly: 266,666.666… < 266,666.67")
	}
	mt.RoundHalfUp = true
	if !Meets(mt, sum, Divisor(mt, 31), 26_666_667) {
		t.Error("2dp_half_up compares 266,666.67")
	}
}

// TestRoundingOfABatch: 499,999.995 is 500,000.00 for a bank that rounds half up,
// and exactly below the threshold for one that does not.
func TestRoundingOfABatch(t *testing.T) {
	mt := &policy.Metric{DayCount: 30}
	sum := wide.Mul(Scale*30, 49_999_999).Add(wide.Mul(Scale/2, 30))
	if Meets(mt, sum, 30, 50_000_000) || Average(mt, sum, 30) != 50_000_000 {
		t.Error("exactly it does not meet; shown half to even it is 500,000.00")
	}
	mt.RoundHalfUp = true
	if !Meets(mt, sum, 30, 50_000_000) {
		t.Error("rounded half up it meets")
	}
}

func TestWeightsAndSigns(t *testing.T) {
	const demand, fund = uint8(pb.AccountType_DEMAND), uint8(pb.AccountType_FUND)
	plan := &policy.Plan{Metrics: []policy.Metric{
		{Kind: policy.Balance, Weight: [16]int32{demand: 10_000, fund: 2_500}},
		{Kind: policy.Balance, Weight: [16]int32{demand: 10_000}, NoFloor: 1 << demand},
		{Kind: policy.Balance, Weight: [16]int32{demand: 10_000}, Liability: 1 << demand},
	}}
	w := newWorld(plan)
	as := w.store.Accounts(w.c)
	w.store.AddMove(&as[0], 10, 10, -300, false)
	w.store.AddMove(&as[1], 10, 10, 1001, false)
	for m, want := range []int64{250, -300, 300} { // 1001 at 25 % is 250.25
		if got := w.eval.Value(w.c, m, At{Day: 12}, nil); got != want {
			t.Errorf("balance %d is %d, want %d", m, got, want)
		}
	}
	u, _ := w.rates.Unit("USD")
	as[1].Unit = u
	w.rates.Set(u, 11, 7*ledger.RateOne+200_000_000_000)
	if got := w.eval.Value(w.c, 0, At{Day: 12}, nil); got != 1802 { // 1001 x 7.2 x 25 % = 1801.8
		t.Errorf("in dollars it is %d, want 1802", got)
	}
}

func TestFactsOfACustomer(t *testing.T) {
	plan := &policy.Plan{Classes: []policy.Class{
		{Types: 1 << pb.AccountType_DEMAND}, {Types: 1 << pb.AccountType_FUND}, {Types: 1<<pb.AccountType_LOAN | 1<<pb.AccountType_CARD_CREDIT},
	}, Metrics: []policy.Metric{
		{Kind: policy.Recency},
		{Kind: policy.Tenure},
		{Kind: policy.ProductsHeld},
		{Kind: policy.DPD},
		{Kind: policy.Utilisation},
		{Kind: policy.ComplaintsOpen},
	}}
	const recency, tenure, products, dpd, utilisation, complaints = 0, 1, 2, 3, 4, 5
	w := newWorld(plan)
	d := day.Of(2025, 3, 14)
	check := func(name string, m int, want int64) {
		t.Helper()
		if got := w.eval.Value(w.c, m, At{Day: d}, nil); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	check("recency of nothing", recency, 400)
	check("tenure of nobody", tenure, 0)
	check("products of empty accounts", products, 0)
	check("utilisation without a limit", utilisation, 0)

	w.add(note{day: d - 9, posted: true})
	w.add(note{day: d - 3, posted: false})
	w.add(note{day: d + 1, posted: true})
	check("recency", recency, 9)

	w.store.MakeAccount(w.c, "card")
	w.store.MakeAccount(w.c, "loan")
	as := w.store.Accounts(w.c)
	as[2].Type, as[3].Type = uint8(pb.AccountType_CARD_CREDIT), uint8(pb.AccountType_LOAN)
	as[0].FirstDay, as[1].Opened = day.Of(2025, 1, 15), day.Of(2025, 2, 1)
	check("tenure, a day before two months", tenure, 1)
	w.c.Since = day.Of(2015, 3, 14)
	check("tenure by the profile", tenure, 120)

	w.store.AddMove(&as[0], d, d, 100, false)
	check("products: a balance", products, 1)
	as[2].Limit = 10_000
	check("products: a card with a limit", products, 2)
	w.store.AddMove(&as[3], d, d, -2_000, false)
	check("products: loan and card are one class", products, 2)
	w.store.AddMove(&as[2], d, d, -3_333, false)
	check("utilisation of accounts with a limit", utilisation, 3_333)
	as[2].DPD, as[3].DPD = 10, 31
	check("the worst dpd", dpd, 31)
	as[3].Closed = d
	check("dpd of open accounts", dpd, 10)
	as[0].Closed = d
	check("products: a closed account is none", products, 1)
	w.c.Complaints = 2
	check("complaints", complaints, 2)
}

func TestTrend(t *testing.T) {
	tests := []struct{ a, b, want int64 }{
		{0, 0, 10_000},
		{5, 0, 1_000_000},
		{0, 7, 0},
		{1, 3, 3_333},
		{2, 3, 6_667},
		{1, 16, 625},
		{1_000, 1, 1_000_000},
		{9_000_000_000_000_000, 9_000_000_000_000_000, 10_000},
	}
	for _, tt := range tests {
		if got := ratio(tt.a, tt.b); got != tt.want {
			t.Errorf("%d to %d is %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestKnownFrom(t *testing.T) {
	w := newWorld(&policy.Plan{})
	as := w.store.Accounts(w.c)
	if d, ok := w.eval.KnownFrom(w.c); d != 0 || !ok {
		t.Error("accounts that began at 0 are known for ever")
	}
	as[0].Known, as[1].Known = 40, 70
	if d, _ := w.eval.KnownFrom(w.c); d != 70 {
		t.Errorf("known from %d, want the latest, 70", d)
	}
	slot, _ := w.store.Make("C2")
	if _, ok := w.eval.KnownFrom(w.store.At(slot)); ok {
		t.Error("nothing is known of a customer without accounts")
	}
}

func TestKindsAreATable(t *testing.T) {
	var ks Kinds
	a, _ := ks.Index(Kind{Type: pb.TxnType_FEE})
	b, _ := ks.Index(Kind{Type: pb.TxnType_FEE, Internal: true})
	again, ok := ks.Index(Kind{Type: pb.TxnType_FEE})
	if a == b || again != a || !ok || ks.Len() != 2 || ks.At(b).Internal != true {
		t.Errorf("kinds %d, %d, %d of %d", a, b, again, ks.Len())
	}
	for i := ks.Len(); i < 65_536; i++ {
		k := Kind{Type: pb.TxnType(i & 255), Channel: pb.Channel(i >> 8), Initiator: 1}
		if at, ok := ks.Index(k); !ok || int(at) != i || *ks.At(at) != k {
			t.Fatalf("kind %d was refused or has another's place", i)
		}
	}
	if _, ok := ks.Index(Kind{Initiator: 2}); ok {
		t.Error("kind 65,537 has no index")
	}
	if i, ok := ks.Index(Kind{Type: pb.TxnType_FEE}); !ok || i != a {
		t.Error("a full table still knows its kinds")
	}
}
