package fold_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// byAverage is what moved in the scheme that goes by the monthly average.
func (tp *tape) byAverage() string {
	var list []string
	for m := range strings.SplitSeq(tp.moves(), ", ") {
		if move, ok := strings.CutPrefix(m, "card:"); ok {
			list = append(list, move)
		}
	}
	return strings.Join(list, ", ")
}

// wants wants these moves of the last record.
func (tp *tape) wants(when, want string) {
	tp.t.Helper()
	if got := tp.byAverage(); got != want {
		tp.t.Errorf("%s: %q, want %q", when, got, want)
	}
}

// TestPolicyComesIntoForce: after the CLOSE of the day before its effective day,
// for everybody; open periods go by the new rules, closed ones stay.
func TestPolicyComesIntoForce(t *testing.T) {
	next := strings.NewReplacer("version: 1", "version: 2", "from: 500_000,", "from: 400_000,").Replace(tapePolicy)
	activate := func(version uint32, effective int32, text string) *pb.LogRecord {
		return &pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: version, EffectiveDay: effective, Yaml: []byte(text)}}
	}
	jan, feb := day.Of(2025, 1, 31), day.Of(2025, 2, 28)
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 450_000)
	tp.closeTo(first, jan)
	tp.wants("January", "ENTERED >gold 2025-02-01")
	tp.closeTo(jan+1, jan+5)
	tp.ignores("the same version", activate(1, feb, tapePolicy))
	tp.ignores("a version of today", activate(2, jan+6, next))
	tp.write(activate(2, jan+15, next))
	tp.ignores("a lower version than the one to come", activate(2, jan+20, next))
	tp.closeTo(jan+6, jan+14)
	if v := tp.explain("C1").Plan.Version; v != 2 {
		t.Errorf("version %d is in force", v)
	}
	tp.closeTo(jan+15, feb)
	tp.wants("February by the new rules as a whole", "UPGRADED gold>platinum 2025-03-01")
	if x := tp.explain("C1").Schemes[0]; x.Results[0].Version != 1 || x.Results[1].Version != 2 || x.Results[0].Reached != 1 {
		t.Errorf("January stays as it was decided: %+v", x.Results)
	}
}

// TestPolicyTakesATierAway: its customers go where replaced_by says.
func TestPolicyTakesATierAway(t *testing.T) {
	next := strings.NewReplacer("version: 1", "version: 2",
		"      - {name: platinum, from: 500_000, watch_after: 1, down_after: 2, lands_on: last}\n", "",
		"    by: aum\n", "    by: aum\n    replaced_by: {platinum: gold}\n").Replace(tapePolicy)
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 600_000)
	tp.closeTo(first, day.Of(2025, 1, 31))
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: day.Of(2025, 2, 3), Yaml: []byte(next)}})
	tp.closeTo(day.Of(2025, 2, 1), day.Of(2025, 2, 1))
	tp.wants("before", "")
	tp.close(day.Of(2025, 2, 2))
	tp.wants("after the CLOSE of the day before", "REMAPPED platinum>gold 2025-02-03")
}

// TestValuedByTheOlderRulesAgain: a CLOSE that skips the first day of new rules decides by
// the older ones (rule R148), and so is its period again when more of it is heard (rule
// R177), not the new ones, which have metrics and tiers in other places.
func TestValuedByTheOlderRulesAgain(t *testing.T) {
	next := strings.Replace(tapePolicy, "version: 1", "version: 2", 1)
	next = strings.NewReplacer("metrics:", "metrics:\n  late: {kind: dpd}", "- {name: mass}", "- {name: mass}\n      - {name: silver, from: 20_000}", "by: aum", "by: now").Replace(next)
	jan := day.Of(2025, 1, 31)
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 60_000)
	tp.closeTo(first, jan-20)
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: jan - 10, Yaml: []byte(next)}})
	tp.close(jan)
	tp.wants("January by the older rules", "ENTERED >gold 2025-02-01")
	tp.txn("2", jan-15, 10_000)
	tp.wants("again", "")
	if r := tp.explain("C1").Schemes[0].Results[0]; r.Value != 65_161_29 { // 10,000 more on 16 of 31 days
		t.Errorf("the value of January is %d, want its average, by which it was decided", r.Value)
	}
}

// TestMissesResetAreOfTheirDay: rows of days before the rules that reset misses stay as
// they were decided (rule R61).
func TestMissesResetAreOfTheirDay(t *testing.T) {
	next := strings.NewReplacer("version: 1", "version: 2", "    by: aum\n", "    by: aum\n    reset_misses: true\n").Replace(tapePolicy)
	jan, feb10 := day.Of(2025, 1, 31), day.Of(2025, 2, 10)
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, BusinessDay: first}})
	tp.txn("1", first, 60_000)
	tp.closeTo(first, jan)
	tp.wants("January", "WATCH platinum>platinum 2025-02-01")
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: feb10, Yaml: []byte(next)}})
	tp.closeTo(jan+1, feb10+1)
	if st := tp.explain("C1").Schemes[0].State; st.Misses != 0 || st.Watch {
		t.Fatalf("under the new rules he stands as %+v", st)
	}
	tp.txn("late", feb10-3, 1)
	tp.writesAgainFrom("card", feb10)
}

// TestMissesOfEventsAreOfTheirDay: so do rows of days under rules by events, each of which
// may have counted a miss (rule R186).
func TestMissesOfEventsAreOfTheirDay(t *testing.T) {
	feb1 := day.Of(2025, 2, 1)
	tp := newTape(t, fold.Options{}, replaceAt(eventPolicy, "event"))
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "point", Tier: "high", SinceDay: first, BusinessDay: first}})
	tp.txn("1", first, 6_000)
	tp.closeTo(first, feb1)
	tp.txn("2", feb1+1, -3_000)
	next := strings.Replace(replaceAt(eventPolicy, "month"), "version: 1", "version: 2", 1)
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: feb1 + 4, Yaml: []byte(next)}})
	tp.closeTo(feb1+1, feb1+5)
	if st := tp.explain("C1").Schemes[0].State; st.Misses != 4 {
		t.Fatalf("an event and three CLOSEs were %d misses", st.Misses)
	}
	tp.txn("late", feb1+2, 1)
	tp.writesAgainFrom("point", feb1+4)
}

// writesAgainFrom wants rows of a scheme by the last record, of days from one on only.
func (tp *tape) writesAgainFrom(scheme string, from int32) {
	tp.t.Helper()
	written := 0
	for _, s := range tp.said {
		m, ok := s.msg.(*pb.Snapshot)
		if !ok {
			continue
		}
		for _, x := range m.Schemes {
			if x.Scheme != scheme {
				continue
			}
			if written++; m.Day < from {
				tp.t.Errorf("the row of %s is written again with %d misses, watch %v", day.String(m.Day), x.Misses, x.Watch)
			}
		}
	}
	if written == 0 {
		tp.t.Error("no row of the scheme is written again")
	}
}

// TestLeavingAndComingBack: EXITED by profile or by the last account, NEW again by
// profile or by an event (rule R35).
func TestLeavingAndComingBack(t *testing.T) {
	jan := day.Of(2025, 1, 31)
	begin := func(t *testing.T, policy string) *tape {
		tp := newTape(t, fold.Options{}, policy)
		tp.txn("1", first, 600_000)
		tp.closeTo(first, jan)
		return tp
	}
	standing := func(tp *tape) tier.Standing { return tp.explain("C1").Schemes[0].State.Standing }
	profile := func(at int64, exited bool) *pb.LogRecord {
		return &pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", EventTime: at, Exited: exited, BusinessDay: jan + 1}}
	}
	t.Run("by profile", func(t *testing.T) {
		tp := begin(t, tapePolicy)
		tp.write(profile(5, true))
		tp.wants("leaving", "EXITED platinum> 2025-02-01")
		tp.write(profile(4, false))
		tp.wants("an older word", "")
		tp.closeTo(jan+1, day.Of(2025, 3, 31))
		tp.wants("two months later", "")
		if x := tp.explain("C1").Schemes[0]; x.State.Standing != tier.Exited || len(x.Results) != 0 {
			t.Errorf("he stands as %+v with %d results", x.State, len(x.Results))
		}
		tp.write(profile(6, false))
		if standing(tp) != tier.New {
			t.Error("he is not NEW again")
		}
		tp.closeTo(day.Of(2025, 4, 1), day.Of(2025, 4, 30))
		tp.wants("his first month", "ENTERED >platinum 2025-05-01")
	})
	t.Run("by his last account", func(t *testing.T) {
		tp := begin(t, tapePolicy)
		closing := &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, ClosedDay: jan + 3, EventTime: 9, BusinessDay: jan + 1}
		tp.write(&pb.LogRecord{Lifecycle: closing})
		tp.closeTo(jan+1, jan+1)
		tp.wants("before the closing day", "")
		tp.close(jan + 2)
		tp.wants("at the CLOSE before his closing day", "EXITED platinum> 2025-02-03")
		tp.closeTo(jan+3, jan+5)
		tp.txn("2", jan+6, 10, func(t *pb.Transaction) { t.AccountId = "A2" })
		if standing(tp) != tier.New {
			t.Error("an event on an open account makes him NEW")
		}
	})
	// Without a scheme that goes by the day he sleeps until then.
	before, _, _ := strings.Cut(tapePolicy, "  point:\n")
	announced := &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
		CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, ClosedDay: jan + 10, EventTime: 9, BusinessDay: jan + 1,
	}}
	t.Run("by an announced closing of his last account", func(t *testing.T) {
		tp := begin(t, before)
		tp.write(announced)
		for d := jan + 1; d < jan+9; d++ {
			tp.close(d)
			tp.wants(day.String(d), "")
		}
		tp.close(jan + 9)
		tp.wants("at the CLOSE before his closing day", "EXITED platinum> 2025-02-10")
		tp.close(jan + 10)
		tp.wants("at that of his closing day", "")
		row := tp.rowsOf()[jan+10]
		if row == nil || row.Schemes[0].Standing != pb.Standing_LEFT || row.Schemes[0].Tier != "" || row.Schemes[0].TierRank != -1 {
			t.Errorf("the row of his closing day is %v", row)
		}
	})
	t.Run("by one on a day that a CLOSE skips", func(t *testing.T) {
		tp := begin(t, before)
		tp.write(announced)
		tp.close(jan + 12)
		tp.wants("as of the CLOSE before his closing day", "EXITED platinum> 2025-02-10")
	})
}

// TestSmallRawMaxKeepsSums: with single entries merged, windows say the same as with
// all of them held.
func TestSmallRawMaxKeepsSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	small, whole := newTape(t, fold.Options{RawMax: 240}, tapePolicy), newTape(t, fold.Options{}, tapePolicy)
	id := 0
	for d := first; d < first+90; d++ {
		for range rng.IntN(16) {
			id++
			r := txn(fmt.Sprint(id), d, rng.Int64N(900)-300)
			small.write(wrap(r))
			whole.write(wrap(r))
			if small.told() != "" || whole.told() != "" {
				t.Fatalf("day %d: told %q and %q", d-first, small.told(), whole.told())
			}
		}
		small.close(d)
		whole.close(d)
		if id == 0 {
			continue
		}
		a, b := small.explain("C1"), whole.explain("C1")
		if !slices.Equal(a.Metrics, b.Metrics) {
			t.Fatalf("day %d: metrics %v, want %v", d-first, a.Metrics, b.Metrics)
		}
	}
	if small.explain("C1").Entries >= whole.explain("C1").Entries {
		t.Error("nothing was merged")
	}
	if got, want := small.results(), whole.results(); !slices.Equal(got, want) {
		t.Error("the outputs differ")
	}
	small.txn("late", first+1, 5)
	small.tells("dlq/late_unverifiable rejected/late_unverifiable")
	small.txn("late", first+1, 5, func(t *pb.Transaction) { t.Unique = true })
	small.tells("late")
}

// TestMergedDaysDoNotCount: what is left of the days before does not push out the single
// entries of the newest days, however long the customer has been here.
func TestMergedDaysDoNotCount(t *testing.T) {
	tp := newTape(t, fold.Options{RawMax: 40}, tapePolicy)
	id := 0
	for d := first; d < first+90; d++ {
		for i := range 4 {
			id++
			tp.txn(fmt.Sprint(id), d, 10+int64(i))
		}
		tp.close(d)
	}
	if n := tp.explain("C1").Entries; n < 80+30 || n > 90+40 {
		t.Errorf("%d entries, want one a day and 30 to 40 that are single", n)
	}
	tp.txn("late", first+85, 5)
	tp.tells("late")
}

// TestLateSinglesAreMergedToo: of a source whose ids never repeat, events come late to days
// that are merged, any number of them.
func TestLateSinglesAreMergedToo(t *testing.T) {
	tp := newTape(t, fold.Options{RawMax: 8}, tapePolicy)
	for d := first; d < first+20; d++ {
		tp.txn(fmt.Sprint(d), d, 10)
		tp.close(d)
	}
	const many = 6600
	for i := range many {
		tp.fast(wrap(txn(fmt.Sprint("late", i), first, 1, func(t *pb.Transaction) { t.Unique = true })))
	}
	if n := tp.explain("C1").Entries; n > many-1000 {
		t.Errorf("%d entries are held", n)
	}
}

// TestSideFactsAreLastWriter: by event time and source sequence, whatever the order
// in the log (rule R10).
func TestSideFactsAreLastWriter(t *testing.T) {
	type word struct{ at, seq int64 }
	words := []word{{1, 1}, {2, 1}, {2, 2}, {3, 0}}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 3, 0, 1}, {1, 3, 2, 0}} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", first, 1)
		for _, i := range order {
			w := words[i]
			name := fmt.Sprint(w.at, ".", w.seq)
			tp.write(&pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C1", EventTime: w.at, SourceSeq: w.seq, DisplayName: name, BusinessDay: first}})
			tp.write(&pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C1", EventTime: w.at, SourceSeq: w.seq, RmId: name, BranchPath: []string{"HQ", name}, BusinessDay: first}})
			tp.write(&pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "C1", AccountId: "A1", EventTime: w.at, SourceSeq: w.seq, Dpd: int32(w.at*10 + w.seq), BusinessDay: first}})
			tp.write(&pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "C1", ComplaintId: "7", EventTime: w.at, SourceSeq: w.seq, Open: i == 3, BusinessDay: first}})
		}
		x := tp.explain("C1")
		if x.Profile.Display != "3.0" || x.Profile.RmId != "3.0" || !slices.Equal(x.Profile.BranchPath, []string{"HQ", "3.0"}) ||
			x.Accounts[0].DPD != 30 || x.Metrics[6] != 1 {
			t.Errorf("order %v: %+v, dpd %d, complaints %d", order, &x.Profile, x.Accounts[0].DPD, x.Metrics[6])
		}
	}
}

// TestSeedAndHold at the level of the log (rules R31, R36).
func TestSeedAndHold(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 60_000)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: day.Of(2024, 7, 1), Misses: 1, BusinessDay: first}})
	tp.wants("the seed", "SEEDED >platinum 2024-07-01")
	tp.closeTo(first, day.Of(2025, 1, 31))
	tp.wants("his second miss", "DOWNGRADED platinum>gold 2025-02-01")
	tp.write(&pb.LogRecord{Override: &pb.TierOverride{CustomerId: "C1", Scheme: "card", Tier: "platinum", UntilDay: day.Of(2025, 3, 31), BusinessDay: day.Of(2025, 2, 1)}})
	tp.wants("the hold", "OVERRIDDEN gold>platinum 2025-02-01")
	for m := int32(2); m <= 3; m++ {
		tp.closeTo(day.Of(2025, m, 1), day.MonthEnd(day.Of(2025, m, 1)))
		tp.wants("held", "")
	}
	tp.closeTo(day.Of(2025, 4, 1), day.Of(2025, 4, 30))
	tp.wants("the first month after it", "WATCH platinum>platinum 2025-05-01")
	tp.closeTo(day.Of(2025, 5, 1), day.Of(2025, 5, 31))
	tp.wants("the second", "DOWNGRADED platinum>gold 2025-06-01")
}

// TestRestating: the example of semantics 5, a wrong debit of 100,000 that comes
// back on 5 February.
func TestRestating(t *testing.T) {
	feb5 := day.Of(2025, 2, 5)
	for name, back := range map[string]int32{"with value 20 January": day.Of(2025, 1, 20), "without a value date": feb5} {
		t.Run(name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, BusinessDay: first}})
			tp.txn("1", first, 520_000)
			tp.closeTo(first, day.Of(2025, 1, 19))
			tp.txn("x", day.Of(2025, 1, 20), -100_000)
			tp.closeTo(day.Of(2025, 1, 20), day.Of(2025, 1, 31))
			tp.wants("January at 481,290.32", "WATCH platinum>platinum 2025-02-01")
			tp.closeTo(day.Of(2025, 2, 1), feb5-1)
			tp.txn("r", feb5, 100_000, reversalOf("x", pb.ReversalKind_FULL), func(t *pb.Transaction) { t.ValueDay = back })
			x := tp.explain("C1").Schemes[0]
			if back == feb5 {
				tp.wants("booked only", "")
				if x.State.Misses != 1 || x.Results[0].Value != 48_129_032 {
					t.Errorf("January stays a miss: %+v, %d", x.State, x.Results[0].Value)
				}
				tp.closeTo(feb5, day.Of(2025, 2, 28))
				tp.wants("February", "WATCH_CLEARED platinum>platinum 2025-03-01")
				if v := tp.explain("C1").Schemes[0].Results[1].Value; v != 50_571_429 {
					t.Errorf("February is %d, want 505,714.29", v)
				}
				return
			}
			tp.wants("valued", "CORRECTED platinum>platinum 2025-02-05")
			if x.State.Misses != 0 || x.State.Watch || x.Results[0].Value != 52_000_000 {
				t.Errorf("January is no miss: %+v, %d", x.State, x.Results[0].Value)
			}
		})
	}
}

// TestWhatChangesWhileNothingHappensIsWritten: a miss that changes nothing but its count,
// and rules that come into force, leave rows of who has booked nothing since (rule R169).
func TestWhatChangesWhileNothingHappensIsWritten(t *testing.T) {
	card := func(tp *tape) *pb.SchemeSnapshot {
		for _, s := range tp.said {
			if m, ok := s.msg.(*pb.Snapshot); ok {
				return m.Schemes[0]
			}
		}
		return nil
	}
	monthly := strings.NewReplacer("down_after: 2", "down_after: 4", "assess: day", "assess: month").Replace(tapePolicy)
	tp := newTape(t, fold.Options{}, monthly)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "gold", SinceDay: first, BusinessDay: first}})
	tp.txn("1", first, 500)
	jan, feb, mar := day.Of(2025, 1, 31), day.Of(2025, 2, 28), day.Of(2025, 3, 31)
	tp.closeTo(first, jan)
	tp.closeTo(jan+1, feb)
	if row := card(tp); row == nil || row.Misses != 2 {
		t.Errorf("the second miss is written as %v", row)
	}
	next := strings.NewReplacer("version: 1", "version: 2", "from: 50_000", "from: 40_000").Replace(monthly)
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: feb + 10, Yaml: []byte(next)}})
	tp.closeTo(feb+1, feb+9)
	if row := card(tp); row != nil {
		t.Errorf("nothing has changed on the day before the rules, but %v is written", row)
	}
	tp.close(feb + 10)
	if row := card(tp); row == nil || row.ThresholdMinor != 4_000_000 {
		t.Errorf("the first CLOSE under other rules writes %v", row)
	}
	tp.close(feb + 11)
	if row := card(tp); row != nil {
		t.Errorf("the second writes %v", row)
	}
	tp.closeTo(feb+12, mar)
	if row := card(tp); row == nil || row.Misses != 3 {
		t.Errorf("the third miss is written as %v", row)
	}
}
