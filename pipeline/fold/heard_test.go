package fold_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func seedOf(at int64, tier string) *pb.LogRecord {
	return &pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: tier, SinceDay: first, EventTime: at, BusinessDay: first}}
}

func holdOf(at int64, tier string) *pb.LogRecord {
	return &pb.LogRecord{Override: &pb.TierOverride{CustomerId: "C1", Scheme: "card", Tier: tier, UntilDay: first + 90, EventTime: at, BusinessDay: first}}
}

func balanceOf(at int64, d int32, yuan int64) *pb.LogRecord {
	return &pb.LogRecord{Balance: &pb.BalanceSnapshot{
		CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, Day: d, Balance: yuan * 100, EventTime: at, BusinessDay: d,
	}}
}

// TestAWordIsHeardOnce: a repeat is a duplicate, an older word is superseded, and both
// leave nothing else (rule R153).
func TestAWordIsHeardOnce(t *testing.T) {
	const at = 1_000_000
	numbered := holdOf(at, "platinum")
	numbered.Override.SourceSeq = 1
	otherReason := holdOf(at, "gold")
	otherReason.Override.Reason = "said otherwise"
	for name, steps := range map[string][]struct {
		rec  *pb.LogRecord
		told string
	}{
		"seeds":                      {{seedOf(at, "gold"), ""}, {seedOf(at, "gold"), "duplicate"}, {seedOf(at+1, "mass"), ""}, {seedOf(at, "gold"), "superseded/older_word"}},
		"holds":                      {{holdOf(at, "gold"), ""}, {otherReason, "duplicate"}, {numbered, ""}, {holdOf(at, "gold"), "superseded/older_word"}, {numbered, "duplicate"}},
		"a hold is no seed":          {{seedOf(at, "gold"), ""}, {holdOf(at, "gold"), ""}, {seedOf(at, "gold"), "duplicate"}, {seedOf(at-1, "gold"), "superseded/older_word"}},
		"two of one time":            {{seedOf(at, "gold"), ""}, {seedOf(at, "mass"), ""}, {seedOf(at, "gold"), "duplicate"}, {seedOf(at, "mass"), "duplicate"}},
		"a newer one ends the time":  {{seedOf(at, "gold"), ""}, {seedOf(at, "mass"), ""}, {seedOf(at+1, "mass"), ""}, {seedOf(at+1, "platinum"), ""}, {seedOf(at+1, "gold"), ""}},
		"a rejected one is not said": {{seedOf(at, "none"), "dlq/unknown_tier rejected/unknown_tier"}, {seedOf(at, "gold"), ""}},
		"an opening balance alone": {
			{balanceOf(at, first, 100), ""},
			{balanceOf(at, first, 100), "duplicate"},
			{balanceOf(at, first-1, 90), "superseded/older_word"},
			{balanceOf(at-1, first, 90), "superseded/older_word"},
			{balanceOf(at+1, first, 100), ""},
			{balanceOf(at, first, 100), "superseded/older_word"},
		},
		"older than what a booking told": {
			{balanceOf(at, first, 100), ""},
			{wrap(txn("1", first+1, 10, func(x *pb.Transaction) { x.BalanceKnown, x.BalanceTrust, x.BalanceAfter = true, 1, 11_000 })), ""},
			{balanceOf(at, first, 100), "superseded/older_word"},
			{balanceOf(at+1, first, 90), "superseded/older_word"},
		},
		"balances": {
			{balanceOf(at, first, 100), ""},
			{balanceOf(at, first, 100), "duplicate"},
			{balanceOf(at, first, 120), "healed"},
			{balanceOf(at, first, 100), "duplicate"},
			{balanceOf(at, first-1, 120), "superseded/older_word"},
			{balanceOf(at, first+1, 120), ""},
			{balanceOf(at, first, 100), "superseded/older_word"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("0", first, 10, func(x *pb.Transaction) { x.AccountId = "A0" })
			for _, s := range steps {
				before := tp.part.Known()["C1"]
				tp.write(s.rec)
				tp.tells(s.told)
				left := s.told == "duplicate" || s.told == "superseded/older_word"
				if left && (len(tp.said) != 1 || !bytes.Equal(tp.part.Known()["C1"], before)) {
					t.Errorf("%v leaves a trace", s.rec)
				}
			}
		})
	}
}

// TestAnOpeningBalanceAgain: that an opening position without a number is the same is known
// though the account does not show it any more: its movements of two years ago are folded
// together, or it is told to have opened later.
func TestAnOpeningBalanceAgain(t *testing.T) {
	const at = 1_000_000
	for name, between := range map[string]func(tp *tape){
		"behind two years": func(tp *tape) {
			for d := first; d <= first+820; d++ {
				if d%100 == 0 {
					tp.txn(fmt.Sprint(d), d, 10)
				}
				tp.close(d)
			}
		},
		"behind a later opening day": func(tp *tape) {
			r := closing(5, first, 0)
			r.Lifecycle.OpenedDay = first + 5
			tp.write(r)
			tp.closeTo(first, first+6)
		},
	} {
		t.Run(name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("0", first, 10, func(x *pb.Transaction) { x.AccountId = "A0" })
			tp.write(balanceOf(at, first, 100))
			between(tp)
			known := tp.part.Known()["C1"]
			tp.write(balanceOf(at, first, 100))
			tp.tells("duplicate")
			if len(tp.said) != 1 || !bytes.Equal(tp.part.Known()["C1"], known) {
				t.Error("it leaves a trace")
			}
		})
	}
}

// TestAWordIsHeardOnceAcrossPolicies: the scheme's name is what counts, also where the
// tier that was said is gone.
func TestAWordIsHeardOnceAcrossPolicies(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(seedOf(5, "gold"))
	next := bytes.Replace([]byte(tapePolicy), []byte("version: 1"), []byte("version: 2"), 1)
	next = bytes.Replace(next, []byte("    tiers:\n      - {name: mass}\n      - {name: gold, "), []byte("    replaced_by: {gold: silver}\n    tiers:\n      - {name: mass}\n      - {name: silver, "), 1)
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: first + 1, Yaml: next}})
	tp.close(first)
	tp.write(seedOf(5, "gold"))
	tp.tells("duplicate")
	tp.write(seedOf(6, "gold"))
	tp.tells("dlq/unknown_tier rejected/unknown_tier")
}

// TestFactsOfOneTime: the later in the log stands; the one before it, read again, does
// not come back, not even for a moment (rules R10, R155).
func TestFactsOfOneTime(t *testing.T) {
	profile := func(exited bool, since int32) *pb.LogRecord {
		return &pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", EventTime: 5, DisplayName: "W*", Exited: exited, SinceDay: since, BusinessDay: first}}
	}
	rm := func(id string) *pb.LogRecord {
		return &pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C1", EventTime: 5, RmId: id, BranchPath: []string{"HQ", id}, BusinessDay: first}}
	}
	credit := func(dpd int32, limit int64) *pb.LogRecord {
		return &pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "C1", AccountId: "A1", EventTime: 5, Dpd: dpd, LimitMinor: limit, BusinessDay: first}}
	}
	complaint := func(open bool) *pb.LogRecord {
		return &pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "C1", ComplaintId: "1", EventTime: 5, Open: open, BusinessDay: first}}
	}
	account := func(at int64, opened, closed int32, limit int64) *pb.LogRecord {
		r := closing(at, first, closed)
		r.Lifecycle.OpenedDay, r.Lifecycle.LimitMinor = opened, limit
		return r
	}
	for name, list := range map[string][]*pb.LogRecord{
		"profiles":                       {profile(true, 0), profile(false, 0)},
		"a profile without a first day":  {profile(true, 0), profile(false, first-500)},
		"managers":                       {rm("R1"), rm("R2"), rm("R3")},
		"accounts":                       {closing(5, first, first), closing(5, first, 0)},
		"an account without opening day": {account(5, 0, first, 0), account(5, first-50, 0, 0)},
		"limits of an account":           {account(5, 0, 0, 500), account(5, 0, 0, 700)},
		"credit statuses":                {credit(3, 500), credit(0, 700)},
		"limits of credit statuses":      {credit(3, 500), credit(3, 700)},
		"a limit that is left out":       {credit(3, 0), credit(0, 700), credit(5, 0)},
		"complaints":                     {complaint(true), complaint(false)},
		"a limit of the account last":    {credit(3, 500), account(5, 0, 0, 900)},
		"a limit of the status last":     {account(5, 0, 0, 900), credit(3, 500)},
		"a later limit of the account":   {credit(3, 500), credit(0, 700), account(6, 0, 0, 900)},
		"a limit told over in between":   {credit(3, 500), account(6, 0, 0, 900), credit(0, 700)},
		"a limit told over by a status":  {account(4, 0, first, 900), credit(3, 500), account(4, 0, 0, 800)},
	} {
		t.Run(name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("0", first, 60_000)
			for _, r := range list {
				tp.write(r)
			}
			tp.close(first)
			known := tp.part.Known()["C1"]
			for _, r := range list {
				tp.write(r)
				if len(tp.said) != 0 || !bytes.Equal(tp.part.Known()["C1"], known) {
					t.Errorf("%v leaves a trace: %v", r, tp.said)
				}
			}
		})
	}
}

// TestAWordIsHeardOnceOverARestart: what was said is in the state that is saved.
func TestAWordIsHeardOnceOverARestart(t *testing.T) {
	tp := newTape(t, fold.Options{Saves: true}, tapePolicy)
	words := []*pb.LogRecord{seedOf(5, "mass"), holdOf(5, "gold"), balanceOf(5, first, 100), balanceOf(5, first, 120)}
	for _, w := range words {
		tp.write(w)
	}
	tp.part = takeAll(t, copied(t, tp.part, int(tp.offset)-1))
	for _, w := range words {
		tp.write(w)
		tp.tells("duplicate")
	}
}
