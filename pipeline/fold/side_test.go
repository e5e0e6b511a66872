package fold_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// alerts are the alerts of the last record, code and state.
func (tp *tape) alerts() (list []string) {
	for _, s := range tp.said {
		if a, ok := s.msg.(*pb.Alert); ok {
			list = append(list, a.Code+" "+a.State.String())
		}
	}
	return list
}

// closing is a lifecycle record of C1's account A1, at is its event time.
func closing(at int64, d, closed int32) *pb.LogRecord {
	return &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
		CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, ClosedDay: closed, EventTime: at, BusinessDay: d,
	}}
}

// TestReturningWithALargeOutflow: the event that makes a leaver NEW is judged as
// that of any customer (rules R35, R53).
func TestReturningWithALargeOutflow(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 600_000)
	tp.closeTo(first, first+40)
	d := first + 41
	tp.write(&pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", EventTime: 5, Exited: true, BusinessDay: d}})
	tp.txn("2", d, -400_000)
	if got := tp.alerts(); len(got) != 1 || got[0] != "LARGE_OUTFLOW OPEN" {
		t.Errorf("alerts %q, want LARGE_OUTFLOW", got)
	}
}

// TestAClosingIsNoEvent: it counts no assessment, however often it is told, and
// makes no leaver NEW (rules R35, R88).
func TestAClosingIsNoEvent(t *testing.T) {
	policy := `
policy: tape
version: 1
classes:
  deposits: {types: [DEMAND, TIME]}
metrics:
  now: {kind: balance}
schemes:
  point:
    by: now
    assess: event
    tiers:
      - {name: low}
      - {name: high, from: 1_000, down_after: 3, lands_on: last}
`
	tp := newTape(t, fold.Options{}, policy)
	tp.txn("1", first, 600)
	tp.txn("2", first, 600, func(t *pb.Transaction) { t.AccountId = "A2" })
	state := func() (s string) {
		st := tp.explain("C1").Schemes[0].State
		return []string{"new", "active", "exited"}[st.Standing] + " " + []string{"low", "high"}[st.Tier] + " " + string('0'+rune(st.Misses))
	}
	tp.close(first)
	for at := range int64(4) {
		tp.write(closing(at+1, first+1, first+1))
	}
	if got := state(); got != "active high 0" {
		t.Errorf("after the closing: %s", got)
	}
	tp.close(first + 1)
	if got := state(); got != "active high 1" {
		t.Errorf("after the CLOSE: %s", got)
	}
	tp.write(&pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", EventTime: 5, Exited: true, BusinessDay: first + 2}})
	tp.write(closing(9, first+2, first+3))
	if got := state(); got[:6] != "exited" {
		t.Errorf("after leaving: %s", got)
	}
}

// TestAClosingTakenBack: the period that counted the account as closed is decided
// again (rule R88).
func TestAClosingTakenBack(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 60_000)
	tp.txn("2", first, 10, func(t *pb.Transaction) { t.AccountId = "A2" })
	tp.closeTo(first, day.Of(2025, 1, 31))
	tp.write(closing(1, day.Of(2025, 2, 1), day.Of(2025, 2, 1)))
	tp.closeTo(day.Of(2025, 2, 1), day.Of(2025, 2, 28))
	tp.wants("a month without the account", "WATCH gold>gold 2025-03-01")
	tp.write(closing(2, day.Of(2025, 3, 1), 0))
	tp.wants("the closing taken back", "CORRECTED gold>gold 2025-03-01")
}

// TestAnEventOnAClosedAccountBringsNobodyBack: only one on an open account does (R35).
func TestAnEventOnAClosedAccountBringsNobodyBack(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 60_000)
	tp.txn("2", first, 60_000, func(t *pb.Transaction) { t.AccountId = "A2" })
	tp.write(closing(1, first, first))
	tp.write(&pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", EventTime: 5, Exited: true, BusinessDay: first}})
	tp.txn("3", first, 10)
	if st := tp.explain("C1").Schemes[0].State.Standing; st != tier.Exited {
		t.Errorf("after an event on the closed account: %d", st)
	}
	tp.txn("4", first, 10, func(t *pb.Transaction) { t.AccountId = "A2" })
	if st := tp.explain("C1").Schemes[0].State.Standing; st != tier.New {
		t.Errorf("after one on the open account: %d", st)
	}
}

// TestASeedIsNotLiftedAtOnce: what the bank told stands until an event or a CLOSE
// (rule R96).
func TestASeedIsNotLiftedAtOnce(t *testing.T) {
	tp := newTape(t, fold.Options{}, strings.Replace(tapePolicy, "    assess: day\n    upgrade: at_close\n", "    assess: day\n    upgrade: immediate\n", 1))
	tp.txn("1", first, 5_000)
	tp.close(first)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "point", Tier: "low", SinceDay: first, BusinessDay: first + 1}})
	if st := tp.explain("C1").Schemes[1].State; st.Tier != 0 {
		t.Errorf("seeded low, stands on %d", st.Tier)
	}
	tp.txn("2", first+1, 1)
	if st := tp.explain("C1").Schemes[1].State; st.Tier != 1 || st.Since != first+1 {
		t.Errorf("after an event he stands on %d since day %d", st.Tier, st.Since-first)
	}
}

// TestALateOutflowAfterItsAlertExpired: only an open alert is joined (rule R72).
func TestALateOutflowAfterItsAlertExpired(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 6_000)
	tp.close(first)
	tp.txn("2", first+1, -3_000)
	if got := tp.alerts(); len(got) != 1 || got[0] != "LARGE_OUTFLOW OPEN" {
		t.Fatalf("alerts %q", got)
	}
	tp.closeTo(first+1, first+31)
	tp.txn("3", first+1, -2_000)
	if got := tp.alerts(); len(got) != 1 || got[0] != "LARGE_OUTFLOW OPEN" {
		t.Errorf("the late one: %q", got)
	}
}
