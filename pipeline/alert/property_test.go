package alert

import (
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

func drawRules(t *rapid.T) *policy.Alerts {
	rule := func(name string) policy.Rule {
		return policy.Rule{
			Off:          rapid.IntRange(0, 9).Draw(t, name+" off") == 0,
			WithinDays:   rapid.SampledFrom([]int32{0, 5, 30}).Draw(t, name+" within"),
			CooldownDays: rapid.SampledFrom([]int32{0, 0, 1, 7}).Draw(t, name+" cooldown"),
			ExpiresDays:  rapid.SampledFrom([]int32{0, 1, 30}).Draw(t, name+" expires"),
			DwellMinutes: rapid.SampledFrom([]int32{0, 10}).Draw(t, name+" dwell"),
			HoldMinutes:  rapid.SampledFrom([]int32{0, 10, 30}).Draw(t, name+" hold"),
			CriticalDays: rapid.SampledFrom([]int32{0, 3, 14}).Draw(t, name+" critical"),
		}
	}
	a := &policy.Alerts{}
	for c := MissProjected; c <= ActivitySilence; c++ {
		*ruleOf(a, c) = rule(c.String())
	}
	return a
}

// periodEnd ends the open period of every drawn fact.
const periodEnd int32 = 20030

// drawFacts draws facts of a day.
func drawFacts(t *rapid.T, day int32) Facts {
	yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
	f := Facts{
		Day: day, Active: rapid.IntRange(0, 15).Draw(t, "active") != 0, Judged: rapid.IntRange(0, 7).Draw(t, "judged") != 0,
		Tier: uint8(rapid.IntRange(1, 2).Draw(t, "tier")), Misses: uint8(rapid.IntRange(0, 2).Draw(t, "misses")), Allowed: 3,
		Watch: yes("watch"), MissProjected: yes("miss"), LastChance: yes("last"), LaterCounts: yes("later"),
		NearUpgrade: yes("near"), NextTier: 3, Gap: 5, NextTopUp: 7, SilenceKnown: yes("silence known"), Silent: yes("silent"), NormTh: 30,
	}
	if yes("falls") {
		f.FallsOn = day + int32(rapid.IntRange(1, 150).Draw(t, "falls in"))
	}
	f.Money = Money{HasLever: yes("lever"), Reachable: true, Threshold: 1000, Shortfall: int64(rapid.IntRange(0, 5).Draw(t, "shortfall")) * 100}
	drift(&f)
	return f
}

// drift sets the amounts of the day: what lacks at the period's end is fixed, the
// top-up grows as days pass (rule R45).
func drift(f *Facts) {
	m := &f.Money
	m.TopUp, m.WaitOn, m.WaitTopUp = 0, [2]int32{}, [2]int64{}
	left := periodEnd - f.Day + 1
	if m.Reachable = left > 0; !m.Reachable {
		return
	}
	cost := func(days int32) int64 { return (m.Shortfall*30 + int64(days) - 1) / int64(days) }
	m.TopUp = cost(left)
	n := 0
	for _, d := range []int32{max(left/2, 1), 1} {
		if d < left && (n == 0 || m.WaitTopUp[0] != cost(d)) {
			m.WaitOn[n], m.WaitTopUp[n] = periodEnd-d+1, cost(d)
			n++
		}
	}
}

type told struct {
	Day        int32
	Case       Case
	Supersedes uint64
}

// stage plays moments and notes the revisions.
type stage struct {
	rules *policy.Alerts
	cases []Case
	log   []told
}

func (s *stage) judge(f Facts) {
	s.cases = Judge(s.rules, 99, &f, s.cases, func(r Revision) { s.log = append(s.log, told{f.Day, r.Case, r.Supersedes}) })
}

// walk plays some random days: events of the day, at times of the next, and its
// CLOSE. It gives the facts of the last CLOSE.
func (s *stage) walk(t *rapid.T, check func()) Facts {
	var f Facts
	day := int32(rapid.IntRange(20000, 20024).Draw(t, "first day"))
	for range rapid.IntRange(1, 6).Draw(t, "days") {
		for range rapid.IntRange(0, 3).Draw(t, "events") {
			f = drawFacts(t, day+int32(rapid.IntRange(0, 1).Draw(t, "early")))
			f.Now = int64(day)*86400 + int64(rapid.IntRange(0, 86400).Draw(t, "second"))
			if rapid.IntRange(0, 3).Draw(t, "outflow") == 0 {
				f.Outflow = &Outflow{AmountMinor: 30, AssetsMinor: 100, At: f.Now}
			}
			s.judge(f)
			check()
		}
		day++
		f = drawFacts(t, day)
		f.Now, f.AtClose = int64(day)*86400, true
		if rapid.IntRange(0, 3).Draw(t, "moves") == 0 {
			f.Moves = []Move{{Code: Code(rapid.IntRange(int(TierDowngraded), int(TierCorrected)).Draw(t, "move")), From: f.Tier + 1, To: f.Tier, EffectiveDay: day}}
		}
		s.judge(f)
		check()
	}
	return f
}

// TestNextDueIsNeverTooLate: with no event, closing every day gives the same
// revisions as closing only when NextDue says so.
func TestNextDueIsNeverTooLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stage{rules: drawRules(t)}
		f := s.walk(t, func() {})
		f.Moves = nil
		drifts := rapid.Bool().Draw(t, "money drifts")
		horizon := f.Day + 160
		if drifts {
			horizon = min(horizon, periodEnd)
		}
		on := func(day int32) Facts {
			g := f
			g.Day, g.Now = day, int64(day)*86400
			g.Silence = f.Silence + day - f.Day
			g.Silent = f.Silent || g.Silence >= g.NormTh
			if drifts {
				drift(&g)
			}
			return g
		}
		start := on(f.Day)
		s.judge(start)
		daily := stage{rules: s.rules, cases: append([]Case(nil), s.cases...)}
		lazy := stage{rules: s.rules, cases: append([]Case(nil), s.cases...)}
		for d := f.Day + 1; d <= horizon; d++ {
			daily.judge(on(d))
		}
		for d := NextDue(lazy.cases, s.rules, &start); d <= horizon; {
			g := on(d)
			lazy.judge(g)
			next := NextDue(lazy.cases, s.rules, &g)
			if next <= d {
				t.Fatalf("NextDue at day %d is %d", d, next)
			}
			d = next
		}
		if !reflect.DeepEqual(daily.log, lazy.log) {
			t.Fatalf("facts %+v\nrules %+v\ndaily %+v\nlazy  %+v", f, s.rules, daily.log, lazy.log)
		}
	})
}

// TestCasesAreSound: at most one risk alert is open, a case's revisions count up
// from its opening to its end, ids are its own, and asking twice says nothing new.
func TestCasesAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		other := Case{ID: 1, Code: MissProjected, Scheme: 5, State: Open, Revision: 9}
		s := stage{rules: drawRules(t), cases: []Case{other}}
		last := map[uint64]Case{}
		seen := 0
		s.walk(t, func() {
			for _, r := range s.log[seen:] {
				if err := follows(last[r.Case.ID], r.Case); err != nil {
					t.Fatalf("day %d: %v: %+v after %+v", r.Day, err, r.Case, last[r.Case.ID])
				}
				last[r.Case.ID] = r.Case
			}
			seen = len(s.log)
			open := 0
			for _, c := range s.cases {
				if c.Scheme == 0 && c.Code.risk() && c.State == Open {
					open++
				}
				if c.Scheme == 0 && c.State == Open && c.Revision != last[c.ID].Revision {
					t.Fatalf("unpublished: %+v", c)
				}
			}
			if open > 1 || s.cases[0] != other {
				t.Fatalf("%d risk alerts open, other scheme %+v", open, s.cases[0])
			}
		})
	})
}

func follows(prev, next Case) error {
	switch {
	case prev.ID == 0 && (next.Revision != 1 || next.State != Open):
		return errors.New("an alert must begin open with revision 1")
	case prev.ID != 0 && (prev.State != Open || next.Revision != prev.Revision+1):
		return errors.New("revisions must count up and end with the closing")
	case prev.ID != 0 && (prev.Code != next.Code || prev.OpenedDay != next.OpenedDay):
		return errors.New("two alerts share an id")
	}
	return nil
}

func TestJudgingTwiceSaysNothingNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stage{rules: drawRules(t)}
		f := s.walk(t, func() {})
		f.Moves = nil
		said, cases := len(s.log), append([]Case(nil), s.cases...)
		s.judge(f)
		if len(s.log) != said {
			t.Fatalf("again %+v", s.log[said:])
		}
		if !reflect.DeepEqual(cases, s.cases) && len(cases)+len(s.cases) > 0 {
			t.Fatalf("cases %+v became %+v", cases, s.cases)
		}
	})
}

// TestOpenAlertIsTheGravestThatHolds states rules R48 and R51 a second time, for
// closed days without cooldown.
func TestOpenAlertIsTheGravestThatHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := drawRules(t)
		for c := MissProjected; c <= ActivitySilence; c++ {
			ruleOf(rules, c).CooldownDays = 0
		}
		s := stage{rules: rules}
		for day := int32(20000); day < 20006; day++ {
			f := drawFacts(t, day)
			f.AtClose, f.Judged = true, true
			s.judge(f)
			want, severity := expected(rules, &f)
			var got Code
			for _, c := range s.cases {
				if c.Code.risk() && c.State == Open {
					if got = c.Code; c.Severity != severity || c.Misses != f.Misses || c.FallsOn != f.FallsOn {
						t.Fatalf("%+v, want severity %d for %+v", c, severity, f)
					}
				}
			}
			if got != want {
				t.Fatalf("open %q, want %q for %+v", got, want, f)
			}
		}
	})
}

func expected(a *policy.Alerts, f *Facts) (Code, uint8) {
	if !f.Active {
		return 0, 0
	}
	left := f.FallsOn - f.Day
	falls := f.FallsOn > 0
	half := f.Money.WaitOn[0] > 0 && f.Money.WaitOn[0] <= f.Day+7
	dear := f.MissProjected && f.LastChance && f.Money.HasLever && f.Money.TopUp > 0 && half && f.Money.WaitTopUp[0]+1 >= 2*f.Money.TopUp
	grave := func(critical int32) uint8 {
		if dear || falls && critical > 0 && left <= critical {
			return Critical
		}
		return Warning
	}
	light := Info
	if falls && left <= 92 {
		light = Warning
	}
	near := falls && left <= a.Downgrade.WithinDays
	switch {
	case !a.Downgrade.Off && falls && (f.MissProjected && (near || f.LastChance) || f.LaterCounts && near):
		return DowngradeProjected, grave(a.Downgrade.CriticalDays)
	case !a.Grace.Off && f.Misses == 2:
		return GraceLastMonth, grave(a.Grace.CriticalDays)
	case !a.Watch.Off && f.Watch:
		return WatchEntered, light
	case !a.MissProjected.Off && f.MissProjected:
		return MissProjected, light
	}
	return 0, 0
}

// TestTimersFireByTicks: whatever the TICKs, judging at the second that Timer
// names leaves no timer due.
func TestTimersFireByTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stage{rules: drawRules(t)}
		s.walk(t, func() {})
		f := drawFacts(t, 20010)
		f.Now, f.Judged, f.SilenceKnown = 20010*86400, true, true
		s.judge(f)
		for range 10 {
			due := Timer(s.cases)
			if due == 0 {
				return
			}
			if f.Now = max(due, f.Now); f.Active {
				s.judge(f)
			}
		}
		t.Fatalf("timer still due: %+v", s.cases)
	})
}

func TestNoChangeAllocatesNothing(t *testing.T) {
	f := sampleFacts()
	f.AtClose = true
	emit := func(Revision) { t.Error("a revision though nothing changed") }
	cases := Judge(&sampleRules, 7, f, nil, func(Revision) {})
	if n := testing.AllocsPerRun(100, func() { cases = Judge(&sampleRules, 7, f, cases, emit) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	calm := Facts{Active: true, Judged: true, AtClose: true, Day: 20000, Tier: 1, Allowed: 3}
	var none []Case
	if n := testing.AllocsPerRun(100, func() { none = Judge(&sampleRules, 7, &calm, none, emit) }); n != 0 || len(none) != 0 {
		t.Errorf("%v allocations, %d cases", n, len(none))
	}
}

func BenchmarkJudgeNoChange(b *testing.B) {
	f := sampleFacts()
	f.AtClose = true
	cases := Judge(&sampleRules, 7, f, nil, func(Revision) {})
	b.ReportAllocs()
	for b.Loop() {
		cases = Judge(&sampleRules, 7, f, cases, func(Revision) {})
	}
}
