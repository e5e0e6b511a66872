package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// bits is the set of the given enum numbers.
func bits[E ~int32](list ...E) (set uint64) {
	for _, e := range list {
		set |= 1 << uint(e)
	}
	return set
}

func weights(of map[pb.AccountType]int32) (w [16]int32) {
	for t, bp := range of {
		w[t] = bp
	}
	return w
}

// TestFull reads back every key of a policy.
func TestFull(t *testing.T) {
	p, err := policy.Compile("full.yaml", read(t, "full.yaml"), policy.Options{BaseCurrency: "CNY", TimeZone: "Asia/Shanghai"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "full" || p.Version != 7 || p.LongestWindow != 400 {
		t.Errorf("%s %d %d", p.Name, p.Version, p.LongestWindow)
	}
	held := uint32(bits(pb.AccountType_DEMAND, pb.AccountType_TIME))
	debt := uint32(bits(pb.AccountType_LOAN, pb.AccountType_CARD_CREDIT))
	equal(t, "classes", []policy.Class{
		{Name: "deposits", Types: held, WeightBP: 1234, NoFloor: true},
		{Name: "funds", Types: uint32(bits(pb.AccountType_FUND)), WeightBP: 10000, NAV: true},
		{Name: "credit", Types: debt, WeightBP: 10000, Liability: true},
	}, p.Classes)
	all := weights(map[pb.AccountType]int32{pb.AccountType_DEMAND: 1234, pb.AccountType_TIME: 1234, pb.AccountType_FUND: 10000})
	deposits := weights(map[pb.AccountType]int32{pb.AccountType_DEMAND: 1234, pb.AccountType_TIME: 1234})
	equal(t, "metrics", []policy.Metric{
		{Name: "sum", Kind: policy.Sum, Money: true, WindowDays: 365, Filter: policy.Filter{
			Types: bits(pb.TxnType_SALARY_IN, pb.TxnType_FEE), Accounts: uint32(bits(pb.AccountType_DEMAND)),
			Directions: uint8(bits(pb.Direction_CREDIT)), Channels: uint32(bits(pb.Channel_APP, pb.Channel_WEB)),
			Initiators: uint8(bits(pb.Initiator_CUSTOMER)), Parties: uint8(bits(pb.CounterpartyType_COUNTERPARTY_MERCHANT)),
			Internal: 1, Joint: 2,
		}},
		{Name: "hours", Kind: policy.Max, Money: true, WindowHours: 48, Filter: policy.Filter{Accounts: uint32(bits(pb.AccountType_DEMAND))}},
		{Name: "count", Kind: policy.Count, WindowDays: 1},
		{Name: "days", Zh: "活跃天数", Kind: policy.ActiveDays, WindowDays: 30, Filter: policy.Filter{Internal: 2, Joint: 1}},
		{Name: "distinct", Kind: policy.Distinct, WindowDays: 90, Field: policy.ByCounterparty},
		{
			Name: "month", Kind: policy.ADB, Money: true, Over: policy.OverMonth, DayCount: 30, RoundHalfUp: true, SinceOpen: true,
			Book: true, Weight: deposits, NoFloor: held, DepositWeight: 1234,
		},
		{Name: "quarter", Kind: policy.ADB, Money: true, Over: policy.OverQuarter, Weight: all, NoFloor: held, DepositWeight: 1234},
		{Name: "months", Kind: policy.ADB, Money: true, Over: policy.OverMonths, N: 3, Weight: all, NoFloor: held, DepositWeight: 1234},
		{
			Name: "months2", Kind: policy.ADB, Money: true, Over: policy.OverMonths, N: 12, NoFloor: held, DepositWeight: 2500,
			Weight: weights(map[pb.AccountType]int32{pb.AccountType_DEMAND: 2500, pb.AccountType_TIME: 2500, pb.AccountType_FUND: 5000}),
		},
		{Name: "rolling", Kind: policy.ADB, Money: true, Over: policy.OverDays, N: 90, Weight: all, NoFloor: held, DepositWeight: 1234},
		{
			Name: "owed", Kind: policy.Balance, Money: true, Liability: debt,
			Weight: weights(map[pb.AccountType]int32{pb.AccountType_LOAN: 10000, pb.AccountType_CARD_CREDIT: 10000}),
		},
		{Name: "products", Kind: policy.ProductsHeld},
		{Name: "silent", Kind: policy.Recency, Filter: policy.Filter{Initiators: uint8(bits(pb.Initiator_CUSTOMER, pb.Initiator_BANK))}},
		{Name: "trend", Kind: policy.Trend, Num: 2, Den: 3},
		{Name: "tenure", Kind: policy.Tenure},
		{Name: "dpd", Kind: policy.DPD},
		{Name: "used", Kind: policy.Utilisation},
		{Name: "complains", Kind: policy.ComplaintsOpen},
		{Name: "spent", Kind: policy.Sum, Money: true, WindowDays: 30, Net: pb.Direction_DEBIT},
		{Name: "kept", Kind: policy.Sum, Money: true, WindowHours: 48, Net: pb.Direction_CREDIT},
	}, p.Metrics)
	equal(t, "dimensions", []policy.Dimension{
		{Name: "up", Metric: 0, Curve: policy.Curve{X: []int64{-550, 0, 100_000}, Y: []int32{0, 1000, 10000}}},
		{Name: "down", Metric: 16, Curve: policy.Curve{X: []int64{0, 1250}, Y: []int32{10000, 0}}},
	}, p.Dimensions)
	equal(t, "scores", []policy.Score{{Name: "value", Zh: "价值", En: "worth", Parts: []policy.Part{{Dimension: 0, WeightBP: 7000}, {Dimension: 1, WeightBP: 3000}}}}, p.Scores)
}

// TestFullSchemes reads back every key of schemes and alerts.
func TestFullSchemes(t *testing.T) {
	p, err := policy.Compile("full.yaml", read(t, "full.yaml"), policy.Options{BaseCurrency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	one := func(m int, from int64) policy.Cond {
		return policy.Cond{Terms: []policy.Term{{Metric: m, Score: -1, From: from}}}
	}
	pair := func(m int) []policy.Tier {
		return []policy.Tier{{Name: "low"}, {Name: "high", Cond: one(m, 100), WatchAfter: 1, DownAfter: 1, Lands: policy.Last}}
	}
	equal(t, "schemes", []policy.Scheme{
		{
			Name: "card", Lead: 5, LeadScore: -1, Assess: policy.AssessMonth, LagDays: 1, RestateDays: 20, Entry: policy.AtOnce, SilentEntry: true,
			Upgrade: policy.WhenSecured, Review: true, GuaranteeMonths: 12, GuaranteeCounted: true, ProtectMonths: 3,
			ResetMisses: true, Keep: 20, Replaced: map[string]int{"silver": 1},
			Tiers: []policy.Tier{
				{Name: "mass", Zh: "普通", En: "Mass"},
				{Name: "gold", Cond: one(5, 5_000_005), WatchAfter: 2, DownAfter: 20, Lands: policy.OneDown},
			},
		},
		{
			Name: "daily", Lead: -1, LeadScore: 0, Assess: policy.AssessDays, N: 1, RestateDays: 30, Entry: policy.FirstAssessment,
			Upgrade: policy.AtClose, Keep: 31, Tiers: []policy.Tier{
				{Name: "low"},
				{Name: "high", Cond: policy.Cond{Terms: []policy.Term{{Metric: -1, Score: 0, From: 6000}}}, WatchAfter: 1, DownAfter: 1, Lands: policy.ByBalance},
			},
		},
		{
			Name: "event", Lead: 10, LeadScore: -1, Assess: policy.AssessEvent, Entry: policy.FirstAssessment, Upgrade: policy.Immediate, Keep: 14,
			Tiers: []policy.Tier{
				{Name: "low"},
				{
					Name: "high", WatchAfter: 1, DownAfter: 1, Lands: policy.Best,
					Cond: policy.Cond{Any: true, Terms: []policy.Term{{Metric: 10, Score: -1, From: 100}, {Metric: -1, Score: 0, From: 500}}},
				},
				{
					Name: "top", WatchAfter: 1, DownAfter: 1, Lands: policy.Last,
					Cond: policy.Cond{Terms: []policy.Term{{Metric: 11, Score: -1, From: 3}, {Metric: 16, Score: -1, From: 5000}}},
				},
			},
		},
		{Name: "thirty", Lead: 9, LeadScore: -1, Assess: policy.AssessDays, N: 30, RestateDays: 10, Entry: policy.FirstAssessment, Upgrade: policy.AtClose, Keep: 14, Tiers: pair(9)},
		{Name: "fortnight", Lead: 10, LeadScore: -1, Assess: policy.AssessDays, N: 14, RestateDays: 10, Entry: policy.FirstAssessment, Upgrade: policy.Immediate, Keep: 14, Tiers: pair(10)},
		{Name: "quarterly", Lead: 6, LeadScore: -1, Assess: policy.AssessQuarter, RestateDays: 10, Entry: policy.FirstAssessment, Upgrade: policy.NextPeriod, Keep: 14, Tiers: pair(6)},
	}, p.Schemes)
	news := policy.Rule{ExpiresDays: 30}
	equal(t, "alerts", policy.Alerts{
		MissProjected: policy.Rule{WithinDays: 45, CooldownDays: 7, DwellMinutes: 30, HoldMinutes: 120},
		Downgrade:     policy.Rule{WithinDays: 30, CriticalDays: 10},
		Watch:         policy.Rule{Off: true, WithinDays: 30},
		Grace:         policy.Rule{WithinDays: 30, CriticalDays: 14},
		Downgraded:    news, Upgraded: policy.Rule{ExpiresDays: 5}, Restored: news, Corrected: news,
		NearUpgrade:  policy.Rule{ShareBP: 500},
		LargeOutflow: policy.Rule{ShareBP: 1500, AmountMinor: 10_000_000, LeastMinor: 500_000, ExpiresDays: 30},
		Silence:      policy.Rule{MinDays: 45},
	}, p.Alerts)
}

func equal[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
