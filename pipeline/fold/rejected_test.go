package fold_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// forged is a record that must change nothing, and what is said of it.
type forged struct {
	name string
	rec  *pb.LogRecord
	told string
}

func wrap(t *pb.Transaction) *pb.LogRecord { return &pb.LogRecord{Transaction: t} }

// forgeries are bad records of C1 (a known customer with 100 yuan on A1) as of day d.
func forgeries(d int32) []forged {
	const rejected = "dlq/%[1]s rejected/%[1]s"
	var list []forged
	bad := func(cause, name string, change func(*pb.Transaction)) {
		list = append(list, forged{name, wrap(txn("bad "+name, d, 100, change)), fmt.Sprintf(rejected, cause)})
	}
	long := strings.Repeat("x", 10<<20)
	bad("invalid", "no customer", func(t *pb.Transaction) { t.CustomerId = "" })
	bad("invalid", "a customer id of 10 MB", func(t *pb.Transaction) { t.CustomerId = long })
	bad("invalid", "no account", func(t *pb.Transaction) { t.AccountId = "" })
	bad("invalid", "an account id of 129 bytes", func(t *pb.Transaction) { t.AccountId = long[:129] })
	for _, x := range []int32{0, -1, 16, math.MaxInt32, math.MinInt32} {
		bad("invalid", fmt.Sprint("account type ", x), func(t *pb.Transaction) { t.AccountType = pb.AccountType(x) })
	}
	for _, x := range []int64{-1, ledger.MaxBalance + 1, math.MaxInt64, math.MinInt64} {
		bad("invalid", fmt.Sprint("amount ", x), func(t *pb.Transaction) { t.AmountMinor = x })
		bad("invalid", fmt.Sprint("base amount ", x), func(t *pb.Transaction) { t.BaseAmountMinor = x })
		bad("invalid", fmt.Sprint("quantity ", x), func(t *pb.Transaction) { t.Quantity = x })
	}
	for _, x := range []int32{0, -1, math.MinInt32, 2_932_896, math.MaxInt32} { // …, 9999-12-31, …
		bad("invalid", fmt.Sprint("business day ", x), func(t *pb.Transaction) { t.BusinessDay, t.ValueDay = x, x })
		bad("invalid", fmt.Sprint("value day ", x), func(t *pb.Transaction) { t.ValueDay = x })
	}
	bad("invalid", "a value 401 days before", func(t *pb.Transaction) { t.ValueDay -= 401 })
	bad("invalid", "a value 401 days after", func(t *pb.Transaction) { t.ValueDay += 401 })
	for _, x := range []int64{-1, 1 << 32, math.MaxInt64, math.MinInt64} {
		bad("invalid", fmt.Sprint("event time ", x), func(t *pb.Transaction) { t.EventTime = x })
	}
	for _, x := range []int32{0, 3, -1, 1000} {
		bad("invalid", fmt.Sprint("direction ", x), func(t *pb.Transaction) { t.Direction = pb.Direction(x) })
	}
	for _, x := range []int32{0, 5, -1, 1000} {
		bad("invalid", fmt.Sprint("status ", x), func(t *pb.Transaction) { t.Status = pb.TxnStatus(x) })
	}
	bad("invalid", "a reversal of itself", func(t *pb.Transaction) { t.ReversalOf = "core:" + t.TxnId })
	bad("invalid", "no source", func(t *pb.Transaction) { t.Source = "" })
	bad("invalid", "no id", func(t *pb.Transaction) { t.TxnId = "" })
	bad("invalid", "a source with a colon", func(t *pb.Transaction) { t.Source = "core:1" })
	bad("invalid", "a source of 129 bytes", func(t *pb.Transaction) { t.Source = long[:129] })
	bad("invalid", "an id of 129 bytes", func(t *pb.Transaction) { t.TxnId = long[:129] })
	bad("invalid", "no currency", func(t *pb.Transaction) { t.Currency = "" })
	bad("invalid", "a unit of 33 bytes", func(t *pb.Transaction) { t.Unit = long[:33] })
	bad("invalid", "an original of 258 bytes", func(t *pb.Transaction) { t.ReversalOf = long[:258] })
	for _, x := range []int32{-1, 256, math.MaxInt32} {
		bad("invalid", fmt.Sprint("type ", x), func(t *pb.Transaction) { t.TxnType = pb.TxnType(x) })
		bad("invalid", fmt.Sprint("channel ", x), func(t *pb.Transaction) { t.Channel = pb.Channel(x) })
		bad("invalid", fmt.Sprint("initiator ", x), func(t *pb.Transaction) { t.Initiator = pb.Initiator(x) })
		bad("invalid", fmt.Sprint("counterparty ", x), func(t *pb.Transaction) { t.CounterpartyType = pb.CounterpartyType(x) })
		bad("invalid", fmt.Sprint("reversal kind ", x), func(t *pb.Transaction) { t.ReversalKind = pb.ReversalKind(x) })
		bad("invalid", fmt.Sprint("balance trust ", x), func(t *pb.Transaction) { t.BalanceTrust = pb.BalanceTrust(x) })
	}
	bad("future_day", "two days ahead", func(t *pb.Transaction) { t.BusinessDay, t.ValueDay = d+2, d+2 })
	bad("too_late", "401 days ago", func(t *pb.Transaction) { t.BusinessDay, t.ValueDay = d-401, d-401 })
	bad("too_late", "too late of an unknown customer", func(t *pb.Transaction) {
		t.CustomerId, t.BusinessDay, t.ValueDay = "C9", d-402, d-402
	})
	bad("unit_mismatch", "another currency", func(t *pb.Transaction) { t.Currency = "USD" })
	bad("unit_mismatch", "a fund", func(t *pb.Transaction) { t.Unit, t.Quantity = "FUND-1", 5 })
	bad("balance_overflow", "more than an account holds", func(t *pb.Transaction) { t.AmountMinor = ledger.MaxBalance })
	list = append(list,
		forged{"a seed in an unknown scheme", &pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "x", Tier: "gold", BusinessDay: d}}, "dlq/unknown_scheme rejected/unknown_scheme"},
		forged{"a seed of an unknown tier", &pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "x", BusinessDay: d}}, "dlq/unknown_tier rejected/unknown_tier"},
		forged{"a seed of nobody", &pb.LogRecord{Seed: &pb.TierSeed{Scheme: "card", Tier: "gold", BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a hold of an unknown tier", &pb.LogRecord{Override: &pb.TierOverride{CustomerId: "C1", Scheme: "card", Tier: "x", BusinessDay: d}}, "dlq/unknown_tier rejected/unknown_tier"},
		forged{"a hold of nobody", &pb.LogRecord{Override: &pb.TierOverride{Scheme: "card", Tier: "gold", BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a profile of nobody", &pb.LogRecord{Profile: &pb.CustomerProfile{DisplayName: "x"}}, "dlq/invalid rejected/invalid"},
		forged{"a profile of a day before 1970", &pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", BusinessDay: -1}}, "dlq/invalid rejected/invalid"},
		forged{"a profile of 9999", &pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", BusinessDay: 2_932_896}}, "dlq/invalid rejected/invalid"},
		forged{"an RM of nobody", &pb.LogRecord{Rm: &pb.RmAssignment{RmId: "R1"}}, "dlq/invalid rejected/invalid"},
		forged{"a complaint of nobody", &pb.LogRecord{Complaint: &pb.Complaint{ComplaintId: "1"}}, "dlq/invalid rejected/invalid"},
		forged{"a balance of no account", &pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountType: 1, Day: d}}, "dlq/invalid rejected/invalid"},
		forged{"a balance of day 0", &pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: "A1", AccountType: 1}}, "dlq/invalid rejected/invalid"},
		forged{"a balance of 9999", &pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: "A1", AccountType: 1, Day: 2_932_896}}, "dlq/invalid rejected/invalid"},
		forged{"a balance beyond the bound", &pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: "A1", AccountType: 1, Day: d, Balance: math.MinInt64}}, "dlq/invalid rejected/invalid"},
		forged{"an account of no type", &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"an account opened in 9999", &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: 1, OpenedDay: 2_932_896, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a credit status of an unknown customer", &pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "C7", AccountId: "A1", Dpd: 3, BusinessDay: d}}, "dlq/unknown_account rejected/unknown_account"},
		forged{"a credit status of an unknown account", &pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "C1", AccountId: "A7", Dpd: 3, BusinessDay: d}}, "dlq/unknown_account rejected/unknown_account"},
		forged{"a credit status of less than no days", &pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "C1", AccountId: "A1", Dpd: -1, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a limit beyond the bound", &pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "C1", AccountId: "A1", LimitMinor: math.MaxInt64, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"an account with a limit below 0", &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: 1, LimitMinor: -1, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"an account of another unit", &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: 1, Unit: "USD", BusinessDay: d}}, "dlq/unit_mismatch rejected/unit_mismatch"},
		forged{"a balance of another unit", &pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: "A1", AccountType: 1, Unit: "USD", Day: d, BusinessDay: d}}, "dlq/unit_mismatch rejected/unit_mismatch"},
		forged{"a balance in a unit of 33 bytes of an unknown customer", &pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C7", AccountId: "A1", AccountType: 1, Unit: long[:33], Day: d, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"an account in a unit of 33 bytes of an unknown customer", &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C7", AccountId: "A1", AccountType: 1, Unit: long[:33], BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a complaint without an id", &pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "C7", Open: true, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a complaint with an id of 129 bytes", &pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "C1", ComplaintId: long[:129], Open: true, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a name of 257 bytes", &pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C7", DisplayName: long[:257], BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a telephone of 10 MB", &pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", PhoneTail: long, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"an RM id of 129 bytes", &pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C7", RmId: long[:129], BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"a branch of 129 bytes", &pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C1", RmId: "R1", BranchPath: []string{"HQ", long[:129]}, BusinessDay: d}}, "dlq/invalid rejected/invalid"},
		forged{"branches 17 deep", &pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C1", RmId: "R1", BranchPath: strings.Split(long[:17], ""), BusinessDay: d}}, "dlq/invalid rejected/invalid"},
	)
	return list
}

// TestRejectedRecords: each gives a dead letter that holds it whole, with its cause,
// and a verdict; the customer stands as before, and the day after as if it had
// never come.
func TestRejectedRecords(t *testing.T) {
	start := func() *tape {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", first, 100)
		tp.close(first)
		tp.txn("2", first+1, 5)
		return tp
	}
	d := first + 1
	want := start()
	want.close(d)
	for _, f := range forgeries(d) {
		tp := start()
		before := tp.part.Stats().Customers
		v, err := f.rec.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		if err := tp.raw(v); err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if got := tp.told(); got != f.told {
			t.Errorf("%s: told %q, want %q", f.name, got, f.told)
		}
		for _, s := range tp.said {
			if m, ok := s.msg.(*pb.DeadLetter); ok && (!bytes.Equal(m.Original, v) || m.Stage != "fold" || m.Log.Offset != tp.offset-1 || m.Field == "") {
				t.Errorf("%s: the dead letter does not hold the record", f.name)
			}
			if n := len(s.raw); n > len(v)+2048 || n > 2048 && s.kind == fold.KindVerdict || len(s.customer) > 128 {
				t.Errorf("%s: %d bytes are said of a record of %d", f.name, n, len(v))
			}
		}
		tp.holds("balance 105, n 2, inflow 105, most 100, days 2")
		if got := tp.part.Stats().Customers; got != before {
			t.Errorf("%s: made a customer", f.name)
		}
		tp.close(d)
		if got, want := tp.results(), want.results(); !slices.Equal(got, want) {
			t.Errorf("%s: other results:\n got %s\nwant %s", f.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestPoison: what is no record of this log stops the partition, without panic.
func TestPoison(t *testing.T) {
	good, _ := wrap(txn("1", first, 1)).MarshalVT()
	two := append(slices.Clone(good), good...)
	newer, _ := (&pb.LogRecord{Engine: &pb.Engine{Version: fold.EngineVersion + 1}}).MarshalVT()
	yaml, _ := (&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "x", Version: 9, EffectiveDay: first + 9, Yaml: []byte("policy: [")}}).MarshalVT()
	for name, v := range map[string][]byte{
		"nothing":            nil,
		"a lone tag":         {0x0a},
		"a length too long":  {0x0a, 0x7f, 1, 2, 3},
		"two records":        two,
		"a tail":             append(slices.Clone(good), 0x08),
		"cut off":            good[:len(good)-3],
		"an unknown kind":    {0xfa, 0x01, 0},
		"a varint":           {0x08, 0x01},
		"a group":            {0x0b, 0x0c},
		"not a transaction":  {0x0a, 0x02, 0xff, 0xff},
		"not a profile":      {0x12, 0x02, 0xff, 0xff},
		"text":               []byte("customer_id,amount\n"),
		"a newer engine":     newer,
		"a policy of no use": yaml,
	} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("0", first, 3)
		if err := tp.raw(v); !errors.Is(err, fold.ErrPoison) {
			t.Errorf("%s: %v, want ErrPoison", name, err)
		}
		if len(tp.said) != 0 {
			t.Errorf("%s: it said something", name)
		}
		tp.holds("balance 3, n 1, inflow 3, most 3, days 1")
	}
}

func TestTooManyAccounts(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	on := func(i int) func(*pb.Transaction) {
		return func(t *pb.Transaction) { t.AccountId = fmt.Sprint("A", i) }
	}
	for i := range ledger.MaxAccounts {
		tp.txn(fmt.Sprint(i), first, 1, on(i))
		tp.tells("")
	}
	tp.txn("x", first, 1, on(255))
	tp.tells("dlq/too_many_accounts rejected/too_many_accounts")
	tp.write(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A300", AccountType: 1, BusinessDay: first}})
	tp.tells("dlq/too_many_accounts rejected/too_many_accounts")
	tp.txn("y", first, 1, on(254))
	tp.tells("")
	if x := tp.explain("C1"); len(x.Accounts) != 255 || x.Metrics[1] != 256_00 {
		t.Errorf("%d accounts, %d in all", len(x.Accounts), x.Metrics[1])
	}
}

// TestBalanceBound: an account reaches the bound exactly, and comes back from it.
func TestBalanceBound(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	const most = ledger.MaxBalance / 100
	tp.txn("1", first, most)
	tp.tells("")
	tp.txn("2", first, 1)
	tp.tells("dlq/balance_overflow rejected/balance_overflow")
	tp.txn("3", first, -most)
	tp.txn("4", first, -most)
	tp.tells("")
	tp.txn("5", first, -1)
	tp.tells("dlq/balance_overflow rejected/balance_overflow")
	tp.close(first)
	tp.holds("balance -100000000000000, n 3, inflow 100000000000000, most 100000000000000, days 1")
}

// TestLate: an event of a closed day is applied to its own day and told; one of an
// open day is not late; the horizon of 400 days is exact.
func TestLate(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 100)
	tp.close(first)
	tp.txn("2", first, 1)
	tp.tells("late")
	tp.txn("3", first+2, 1)
	tp.txn("4", first+1, 1)
	tp.tells("")
	tp.txn("5", first+2-400, 1)
	tp.tells("late")
	tp.txn("6", first+2-401, 1)
	tp.tells("dlq/too_late rejected/too_late")
	tp.holds("balance 104, n 4, inflow 103, most 100, days 3")
	tp.txn("7", first+2, 1)
	tp.tells("")
	tp.txn("8", first+3, 1)
	tp.tells("dlq/future_day rejected/future_day")
	tp.tick(first + 2)
	tp.txn("8", first+3, 1)
	tp.tells("")
}
