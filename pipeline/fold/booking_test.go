package fold_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// step is one record of C1 and what comes of it.
type step struct {
	txn  *pb.Transaction
	told string
	then string
}

func play(t *testing.T, steps []step) {
	t.Helper()
	tp := newTape(t, fold.Options{}, tapePolicy)
	for i, s := range steps {
		tp.write(&pb.LogRecord{Transaction: s.txn})
		if got := tp.told(); got != s.told {
			t.Errorf("step %d: told %q, want %q", i+1, got, s.told)
		}
		if got := tp.stands(); got != s.then {
			t.Errorf("step %d:\n got %s\nwant %s", i+1, got, s.then)
		}
	}
}

// TestIdentity: duplicates, conflicts, versions (rules R6 to R8).
func TestIdentity(t *testing.T) {
	d := first
	const one = "balance 100, n 1, inflow 100, most 100, days 1"
	conflicts := map[string]func(*pb.Transaction){
		"account":       func(t *pb.Transaction) { t.AccountId = "A2" },
		"account type":  func(t *pb.Transaction) { t.AccountType = pb.AccountType_TIME },
		"type":          func(t *pb.Transaction) { t.TxnType = pb.TxnType_SALARY_IN },
		"direction":     func(t *pb.Transaction) { t.Direction = pb.Direction_DEBIT },
		"initiator":     func(t *pb.Transaction) { t.Initiator = pb.Initiator_BANK },
		"channel":       func(t *pb.Transaction) { t.Channel = pb.Channel_APP },
		"counterparty":  func(t *pb.Transaction) { t.CounterpartyType = pb.CounterpartyType_OWN },
		"internal":      func(t *pb.Transaction) { t.InternalTransfer = true },
		"same owner":    func(t *pb.Transaction) { t.SameOwner = true },
		"amount":        func(t *pb.Transaction) { t.AmountMinor++ },
		"currency":      func(t *pb.Transaction) { t.Currency = "USD" },
		"unit":          func(t *pb.Transaction) { t.Unit = "FUND-9" },
		"quantity":      func(t *pb.Transaction) { t.Quantity = 5 },
		"base amount":   func(t *pb.Transaction) { t.BaseAmountMinor++ },
		"balance":       func(t *pb.Transaction) { t.BalanceKnown, t.BalanceAfter = true, 5 },
		"event time":    func(t *pb.Transaction) { t.EventTime++ },
		"business day":  func(t *pb.Transaction) { t.BusinessDay++ },
		"value day":     func(t *pb.Transaction) { t.ValueDay-- },
		"reversal of":   func(t *pb.Transaction) { t.ReversalOf = "core:9" },
		"reversal kind": func(t *pb.Transaction) { t.ReversalKind = pb.ReversalKind_PARTIAL },
	}
	for name, change := range conflicts {
		t.Run("other "+name, func(t *testing.T) {
			play(t, []step{{txn("1", d, 100), "", one}, {txn("1", d, 100, change), "conflict/id_conflict dlq/id_conflict", one}})
		})
	}
	t.Run("a duplicate changes nothing", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", one},
			{txn("1", d, 100), "duplicate", one},
			{txn("1", d, 100, func(t *pb.Transaction) { t.TraceId, t.IngestTime, t.Mcc = "x", 5, "5411" }), "duplicate", one},
			{txn("1", d, 100, version(0)), "duplicate", one},
		})
	})
	t.Run("other sources and ids are other events", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", one},
			{txn("2", d, 10), "", "balance 110, n 2, inflow 110, most 100, days 1"},
			{txn("1", d, 1, func(t *pb.Transaction) { t.Source = "card" }), "", "balance 111, n 3, inflow 111, most 100, days 1"},
		})
	})
	t.Run("a higher version takes the old one out", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", one},
			{txn("1", d, 30, version(3)), "superseded/newer_version", "balance 30, n 1, inflow 30, most 30, days 1"},
			{txn("1", d, 100), "superseded/older_version", "balance 30, n 1, inflow 30, most 30, days 1"},
			{txn("1", d, 7, version(2)), "superseded/older_version", "balance 30, n 1, inflow 30, most 30, days 1"},
			{txn("1", d, 30, version(3)), "duplicate", "balance 30, n 1, inflow 30, most 30, days 1"},
			{txn("1", d-5, -30, version(4)), "superseded/newer_version", "balance -30, n 1, inflow 0, most 30, days 1"},
		})
	})
	t.Run("a higher version on another account", func(t *testing.T) {
		play(t, []step{
			{txn("1", d, 100), "", one},
			{txn("1", d, 100, version(2), func(t *pb.Transaction) { t.AccountId = "A2" }), "superseded/newer_version", "balance 0, n 1, inflow 100, most 100, days 1"},
		})
	})
}

// TestStatuses: PENDING and FAILED move nothing; the order of R7; R9.
func TestStatuses(t *testing.T) {
	const pending, posted, reversed, failed = pb.TxnStatus_PENDING, pb.TxnStatus_POSTED, pb.TxnStatus_REVERSED, pb.TxnStatus_FAILED
	const none, one = "balance 0, n 0, inflow 0, most 0, days 0", "balance 100, n 1, inflow 100, most 100, days 1"
	tests := []struct {
		name string
		seq  []pb.TxnStatus
		told []string
		then []string
	}{
		{"through its life", []pb.TxnStatus{pending, posted, reversed, reversed, posted, pending}, []string{
			"", "superseded/newer_status", "reversed/status", "duplicate", "superseded/older_status", "superseded/older_status",
		}, []string{none, one, none, none, none, none}},
		{"failed", []pb.TxnStatus{pending, pending, failed, failed, pending}, []string{
			"", "duplicate", "superseded/newer_status", "duplicate", "superseded/older_status",
		}, []string{none, none, none, none, none}},
		{"pending again after it is posted", []pb.TxnStatus{posted, pending, posted}, []string{
			"", "superseded/older_status", "duplicate",
		}, []string{one, one, one}},
		{"pending, then never made", []pb.TxnStatus{pending, reversed, posted}, []string{
			"", "superseded/newer_status", "superseded/older_status",
		}, []string{none, none, none}},
		{"reversed at first sight", []pb.TxnStatus{reversed, posted, reversed}, []string{
			"", "superseded/older_status", "duplicate",
		}, []string{none, none, none}},
		{"failed, then posted", []pb.TxnStatus{failed, posted}, []string{
			"", "conflict/id_conflict dlq/id_conflict",
		}, []string{none, none}},
		{"posted, then failed", []pb.TxnStatus{posted, failed}, []string{
			"", "conflict/id_conflict dlq/id_conflict",
		}, []string{one, one}},
		{"failed, then reversed", []pb.TxnStatus{failed, reversed}, []string{
			"", "conflict/id_conflict dlq/id_conflict",
		}, []string{none, none}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var steps []step
			for i, st := range tt.seq {
				steps = append(steps, step{txn("1", first, 100, status(st)), tt.told[i], tt.then[i]})
			}
			play(t, steps)
		})
	}
}

// TestReversals: in full, in part, twice, more than there was, before the original
// (rules R19, R20).
func TestReversals(t *testing.T) {
	d := first
	const full, part = pb.ReversalKind_FULL, pb.ReversalKind_PARTIAL
	const one, none = "balance 100, n 1, inflow 100, most 100, days 1", "balance 0, n 0, inflow 0, most 0, days 0"
	tests := []struct {
		name  string
		steps []step
	}{
		{"in full, and twice", []step{
			{txn("1", d, 100), "", one},
			{txn("r", d, -100, reversalOf("1", full)), "reversed", none},
			{txn("r", d, -100, reversalOf("1", full)), "duplicate", none},
			{txn("s", d, -100, reversalOf("1", full)), "dlq/already_reversed rejected/already_reversed", none},
			{txn("s", d, -1, reversalOf("1", part)), "dlq/already_reversed rejected/already_reversed", none},
			{txn("1", d, 100, version(2)), "superseded/newer_version", none},
		}},
		{"in parts", []step{
			{txn("1", d, 100), "", one},
			{txn("r", d, -30, reversalOf("1", part)), "reversed", "balance 70, n 1, inflow 70, most 70, days 1"},
			{txn("s", d, -20, reversalOf("1", part)), "reversed", "balance 50, n 1, inflow 50, most 50, days 1"},
			{txn("u", d, -50, reversalOf("1", part)), "reversed", none},
		}},
		{"more than there was", []step{
			{txn("1", d, 100), "", one},
			{txn("r", d, -130, reversalOf("1", part)), "reversed/exceeds_original", "balance -30, n 0, inflow 0, most 0, days 0"},
		}},
		{"before its original", []step{
			{txn("r", d, -100, reversalOf("1", full)), "waiting", "balance -100, n 0, inflow 0, most 0, days 0"},
			{txn("r", d, -100, reversalOf("1", full)), "duplicate", "balance -100, n 0, inflow 0, most 0, days 0"},
			{txn("1", d, 100), "reversed", none},
		}},
		{"two before their original", []step{
			{txn("r", d, -40, reversalOf("1", part)), "waiting", "balance -40, n 0, inflow 0, most 0, days 0"},
			{txn("s", d, -100, reversalOf("1", full)), "waiting", "balance -140, n 0, inflow 0, most 0, days 0"},
			{txn("1", d, 100), "reversed reversed/exceeds_original", "balance -40, n 0, inflow 0, most 0, days 0"},
		}},
		{"of what was never posted", []step{
			{txn("1", d, 100, status(pb.TxnStatus_PENDING)), "", none},
			{txn("r", d, -100, reversalOf("1", full)), "dlq/original_not_posted rejected/original_not_posted", none},
		}},
		{"of a reversal", []step{
			{txn("1", d, 100), "", one},
			{txn("r", d, -100, reversalOf("1", full)), "reversed", none},
			{txn("s", d, 100, reversalOf("r", full)), "dlq/original_not_posted rejected/original_not_posted", none},
		}},
		{"a smaller version after a part was taken back", []step{
			{txn("1", d, 100), "", one},
			{txn("r", d, -60, reversalOf("1", part)), "reversed", "balance 40, n 1, inflow 40, most 40, days 1"},
			{txn("1", d, 50, version(2)), "superseded/newer_version", "balance -10, n 0, inflow 0, most 0, days 0"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.steps) })
	}
}

// TestWaitingReversalExpires: after the horizon it is for a person; the balance
// effect stays.
func TestWaitingReversalExpires(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("r", first, -100, reversalOf("1", pb.ReversalKind_FULL))
	tp.close(first)
	tp.write(&pb.LogRecord{Close: &pb.Close{Day: first + 400, Cut: int64(first+401) * 86400}})
	tp.tells("")
	tp.close(first + 401)
	tp.tells("dlq/unknown_original")
	for _, s := range tp.said {
		if m, ok := s.msg.(*pb.DeadLetter); ok && (len(m.Applied) != 1 || m.EventId != "core:r:1" || m.OriginPosition != 3) {
			t.Errorf("the dead letter is %+v", m)
		}
	}
	if x := tp.explain("C1"); x.Waiting != 0 || x.Accounts[0].Value != -100_00 {
		t.Errorf("%d wait, balance %d", x.Waiting, x.Accounts[0].Value)
	}
}

// TestValueDays: the balance moves on the value day, activity on the business day.
func TestValueDays(t *testing.T) {
	d := first
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", d, 2000, func(t *pb.Transaction) { t.ValueDay = d + 2 })
	tp.holds("balance 0, n 1, inflow 2000, most 2000, days 1")
	tp.close(d)
	tp.close(d + 1)
	if got := tp.moves(); got != "" {
		t.Errorf("before the value day: %s", got)
	}
	tp.close(d + 2)
	if got, want := tp.moves(), "point:UPGRADED low>high 2025-01-04"; got != want {
		t.Errorf("on the value day: %q, want %q", got, want)
	}
	tp.holds("balance 2000, n 1, inflow 2000, most 2000, days 1")
}

// TestBalanceObservations: inferred openings, heals and what explains them (rules
// R12, R13, R15, R16).
func TestBalanceObservations(t *testing.T) {
	d := first
	after := func(yuan int64) func(*pb.Transaction) {
		return func(t *pb.Transaction) {
			t.BalanceKnown, t.BalanceAfter, t.BalanceTrust = true, yuan*100, pb.BalanceTrust_BALANCE_TRUST_ORDERED
		}
	}
	at := func(s int64) func(*pb.Transaction) { return func(t *pb.Transaction) { t.EventTime += s } }
	tests := []struct {
		name  string
		steps []step
	}{
		{"an opening is inferred", []step{
			{txn("1", d, 100, after(600)), "", "balance 600, n 1, inflow 100, most 100, days 1"},
			{txn("2", d, 50, after(650), at(1)), "", "balance 650, n 2, inflow 150, most 100, days 1"},
		}},
		{"a gap is healed", []step{
			{txn("1", d, 100, after(100)), "", "balance 100, n 1, inflow 100, most 100, days 1"},
			{txn("2", d, 50, after(180), at(1)), "healed", "balance 180, n 2, inflow 150, most 100, days 1"},
		}},
		{"the missing event takes the heal out", []step{
			{txn("1", d, 100, after(100)), "", "balance 100, n 1, inflow 100, most 100, days 1"},
			{txn("3", d, 50, after(180), at(9)), "healed", "balance 180, n 2, inflow 150, most 100, days 1"},
			{txn("2", d, 30, at(5)), "healed/heal_explained", "balance 180, n 3, inflow 180, most 100, days 1"},
		}},
		{"an older observation is ignored: what it booked lies before the first balance, and what lies before the pinned one is in it", []step{
			{txn("1", d, 100, after(100), at(9)), "", "balance 100, n 1, inflow 100, most 100, days 1"},
			{txn("2", d, 50, after(9_000), at(1)), "", "balance 100, n 2, inflow 150, most 100, days 1"},
			{txn("3", d, 50, after(150), at(10)), "", "balance 150, n 3, inflow 200, most 100, days 1"},
		}},
		{"within the tolerance", []step{
			{txn("1", d, 100, after(100)), "", "balance 100, n 1, inflow 100, most 100, days 1"},
			{txn("2", d, 50, after(152), at(1), func(t *pb.Transaction) { t.BalanceTolerance = 200 }), "", "balance 150, n 2, inflow 150, most 100, days 1"},
			{txn("3", d, 50, after(203), at(2), func(t *pb.Transaction) { t.BalanceTolerance = 200 }), "healed", "balance 203, n 3, inflow 200, most 100, days 1"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.steps) })
	}
}

// TestAnIdIsItsCustomers: the same id with two customers is two events, nothing is said
// of it, and each has its own duplicates and versions (rule R136).
func TestAnIdIsItsCustomers(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	other := func(x *pb.Transaction) { x.CustomerId = "C2" }
	for i, x := range []struct {
		yuan   int64
		change []func(*pb.Transaction)
		told   string
	}{
		{100, nil, ""},
		{70, []func(*pb.Transaction){other}, ""},
		{100, nil, "duplicate"},
		{70, []func(*pb.Transaction){other}, "duplicate"},
		{90, []func(*pb.Transaction){other, version(2)}, "superseded/newer_version"},
		{100, nil, "duplicate"},
	} {
		tp.txn("1", first, x.yuan, x.change...)
		if got := tp.told(); got != x.told {
			t.Errorf("record %d: told %q, want %q", i, got, x.told)
		}
	}
}
