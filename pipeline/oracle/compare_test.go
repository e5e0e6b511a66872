package oracle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	"github.com/tierwatch/tierwatch/pipeline/oracle/match"
	"github.com/tierwatch/tierwatch/pipeline/project"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// twins are the fold and the oracle on the same log.
type twins struct {
	f *folded
	o *oracle.Oracle
	// seen are the outcomes that were compared already.
	changes, dead, verdicts, rejected, alerts int
	snapshots                                 *match.Snapshots
	// told: alerts are compared too.
	told bool
	// closeless: no CLOSE ever comes, so there is nothing to project.
	closeless bool
}

func newTwins() *twins {
	o := oracle.New(oracle.FromText(gen.Base))
	return &twins{f: newFold(), o: o, snapshots: match.New(o)}
}

// step applies a record to both and gives the first difference, "" if none.
func (w *twins) step(offset int64, r *pb.LogRecord) string {
	errF, errO := w.f.Apply(offset, r), w.o.Apply(offset, r)
	if errF != nil || errO != nil {
		return fmt.Sprintf("errors: fold %v, oracle %v", errF, errO)
	}
	for _, look := range []func() string{w.diffDead, w.diffVerdicts, w.diffChanges, w.diffSnapshots, func() string { return w.diffStates(r) }} {
		if d := look(); d != "" {
			return d
		}
	}
	if w.told {
		return w.diffAlerts()
	}
	return ""
}

// lists compares two lists as sorted lines.
func lists(what string, fold, oracle []string) string {
	slices.Sort(fold)
	slices.Sort(oracle)
	if slices.Equal(fold, oracle) {
		return ""
	}
	only := func(a, b []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) }), "\n          ")
	}
	return fmt.Sprintf("%s differ\n  fold:   %s\n  oracle: %s", what, only(fold, oracle), only(oracle, fold))
}

func (w *twins) diffDead() string {
	var a, b []string
	for _, d := range w.f.last.dead {
		a = append(a, fmt.Sprint(d.CustomerId, " ", d.EventId, " ", d.Cause))
	}
	all := w.o.Outcome().DeadLetters
	for _, d := range all[w.dead:] {
		b = append(b, fmt.Sprint(d.Customer, " ", d.EventID, " ", d.Cause))
	}
	w.dead = len(all)
	return lists("dead letters", a, b)
}

func (w *twins) diffVerdicts() string {
	var a, b []string
	say := func(customer string, kind pb.VerdictKind, id, account string, day int32, amount int64) string {
		if kind == pb.VerdictKind_VERDICT_HEALED {
			return fmt.Sprintf("%s %s %s %s %d", customer, kind, account, gen.Date(day), amount)
		}
		return fmt.Sprintf("%s %s %s", customer, kind, id)
	}
	for _, v := range w.f.last.verdicts {
		a = append(a, say(v.CustomerId, v.Kind, v.EventId, v.AccountId, v.Day, v.Amount))
	}
	all := w.o.Outcome().Verdicts
	for _, v := range all[w.verdicts:] {
		b = append(b, say(v.Customer, v.Kind, v.EventID, v.Account, v.Day, v.Amount))
	}
	w.verdicts = len(all)
	dead := w.o.Outcome().DeadLetters
	for _, d := range dead[w.rejected:] {
		kind := pb.VerdictKind_VERDICT_REJECTED
		if d.Cause == "id_conflict" {
			kind = pb.VerdictKind_VERDICT_CONFLICT
		}
		b = append(b, say(d.Customer, kind, d.EventID, "", 0, 0))
	}
	w.rejected = len(dead)
	return lists("verdicts", a, b)
}

func (w *twins) diffChanges() string {
	var a, b []string
	say := func(ch *oracle.Change) string {
		days := fmt.Sprintf("decided %s effective %s supersedes %s", gen.Date(ch.Decided), gen.Date(ch.Effective), gen.Date(ch.Supersedes))
		by := fmt.Sprintf("by %d of %d from %s to %s", ch.Value, ch.Threshold, gen.Date(ch.Period.Start), gen.Date(ch.Period.End))
		tiers := fmt.Sprintf("%s>%s ranks %d>%d", ch.From, ch.To, ch.FromRank, ch.ToRank)
		return fmt.Sprintf("%s %s %s %s misses %d watch %v %s %s", ch.Customer, ch.Scheme, ch.Kind, tiers, ch.Misses, ch.Watch, days, by)
	}
	for _, ch := range w.f.last.changes {
		a = append(a, say(match.Change(ch)))
		if may := ch.PeriodEnd != 0 && w.o.Customer(ch.CustomerId).Provisional(min(ch.PeriodEnd, ch.DecidedDay)); ch.Provisional != may {
			return fmt.Sprintf("%s is provisional: fold %v, oracle %v", a[len(a)-1], ch.Provisional, may)
		}
	}
	all := w.o.Outcome().Changes
	for i := range all[w.changes:] {
		if ch := &all[w.changes+i]; !ch.Untold {
			b = append(b, say(ch))
		}
	}
	w.changes = len(all)
	return lists("tier changes", a, b)
}

// diffStates compares machines after every record, and all else that Explain
// tells after a CLOSE.
func (w *twins) diffStates(r *pb.LogRecord) string {
	for _, id := range []string{"C1", "C2", "C3", "C"} {
		c := w.o.Customer(id)
		x, known := w.f.p.Explain(id)
		if c == nil || !known {
			if (c != nil) != known {
				return fmt.Sprintf("customer %s: fold knows him %v, oracle %v", id, known, c != nil)
			}
			continue
		}
		if x.Day != c.Today() {
			return fmt.Sprintf("%s: day: fold %s, oracle %s", id, gen.Date(x.Day), gen.Date(c.Today()))
		}
		for i := range x.Schemes {
			if d := diffState(&x.Schemes[i], c.Standing(x.Schemes[i].Name)); d != "" {
				return fmt.Sprintf("%s %s: %s", id, x.Schemes[i].Name, d)
			}
			if r.Close != nil || r.Transaction != nil && !w.closeless {
				if d := diffFuture(x, &x.Schemes[i], c); d != "" {
					return fmt.Sprintf("%s %s: %s", id, x.Schemes[i].Name, d)
				}
			}
		}
		if d := diffAccounts(x, c); d != "" {
			return id + ": " + d
		}
	}
	return ""
}

func diffState(s *fold.SchemeView, st oracle.State) string {
	standing := uint8(0)
	switch st.Standing {
	case pb.Standing_ACTIVE:
		standing = 1
	case pb.Standing_LEFT:
		standing = 2
	case pb.Standing_NEW, pb.Standing_STANDING_UNSPECIFIED:
	}
	a := fmt.Sprintf("standing %d", s.State.Standing)
	b := fmt.Sprintf("standing %d", standing)
	if standing == 1 {
		a += fmt.Sprintf(" tier %d misses %d watch %v since %s", s.State.Tier, s.State.Misses, s.State.Watch, gen.Date(s.State.Since))
		b += fmt.Sprintf(" tier %d misses %d watch %v since %s", st.Tier, st.Misses, st.Watch, gen.Date(st.Since))
	}
	a += fmt.Sprintf(" guarantee %s protected %s held %s", gen.Date(s.State.GuaranteeUntil), gen.Date(s.State.ProtectUntil), gen.Date(s.State.HoldUntil))
	b += fmt.Sprintf(" guarantee %s protected %s held %s", gen.Date(st.Guarantee), gen.Date(st.Protect), gen.Date(st.Hold))
	if a != b {
		return fmt.Sprintf("state\n  fold:   %s\n  oracle: %s", a, b)
	}
	return ""
}

// diffFuture compares projections and money.
func diffFuture(x *fold.Explanation, s *fold.SchemeView, c *oracle.Customer) string {
	p := c.Project(s.Name)
	lands := func(on int32, to int) string { return fmt.Sprintf("falls on %s to %d", gen.Date(on), to) }
	to := int(s.Projection.To)
	if s.Projection.Unnamed() {
		to = -1
	}
	a, b := lands(s.Projection.On, to), lands(p.FallsOn, p.LandsOn)
	if s.Projection.On != p.FallsOn || p.FallsOn != 0 && a != b {
		return fmt.Sprintf("projection as of %s\n  fold:   %s\n  oracle: %s", gen.Date(x.AsOf), a, b)
	}
	if s.State.Standing != 1 {
		return ""
	}
	if a, b = foldMoney(&s.Money), oracleMoney(c.Money(s.Name)); a != b {
		return fmt.Sprintf("money as of %s\n  fold:   %s\n  oracle: %s", gen.Date(x.AsOf), a, b)
	}
	return ""
}

func foldMoney(m *project.Money) string {
	line := fmt.Sprintf("lever %t reachable %t top up %d threshold %d estimate %d short %d daily %d hold after %d risk %d", m.Lever, m.Reachable,
		m.TopUp, m.Threshold, m.Estimate, m.Shortfall, m.Daily, m.HoldAfter, m.AtRisk)
	for i, on := range m.WaitOn {
		if on != 0 {
			line += fmt.Sprintf(" %s:%d", gen.Date(on), m.WaitTopUp[i])
		}
	}
	return line
}

func oracleMoney(m oracle.Money) string {
	if !m.Reachable {
		m.TopUp = nil
	}
	line := fmt.Sprintf("lever %t reachable %t top up %s threshold %s estimate %s short %s daily %s hold after %s risk %s", m.HasLever, m.Reachable,
		match.OrNone(m.TopUp), match.OrNone(m.Threshold), match.OrNone(m.Estimate), match.OrNone(m.Shortfall), match.OrNone(m.Daily), match.OrNone(m.HoldAfter), match.OrNone(m.AtRisk))
	for _, w := range m.Wait {
		line += fmt.Sprintf(" %s:%s", gen.Date(w.On), w.TopUp)
	}
	return line
}

func diffAccounts(x *fold.Explanation, c *oracle.Customer) string {
	var a, b []string
	for i := range x.Accounts {
		v := &x.Accounts[i]
		a = append(a, fmt.Sprintf("%s %s book %d value %d closed %s", v.ID, v.Unit, v.Book, v.Value, gen.Date(v.Closed)))
	}
	for _, v := range c.Accounts(x.AsOf) {
		b = append(b, fmt.Sprintf("%s %s book %d value %d closed %s", v.ID, v.Unit, v.Book, v.Value, gen.Date(v.Closed)))
	}
	return lists("accounts as of "+gen.Date(x.AsOf), a, b)
}

// diffSnapshots compares snapshots with what the oracle makes of their days.
func (w *twins) diffSnapshots() string {
	if list := w.snapshots.Record(w.f.last.snapshots); len(list) > 0 {
		return list[0].String()
	}
	return ""
}

// compare plays a log on both and fails with the first difference.
func compare(t *rapid.T, l *gen.Log, told bool) {
	w := newTwins()
	w.told = told
	w.play(t, l)
}

func (w *twins) play(t *rapid.T, l *gen.Log) {
	for i, r := range l.Records {
		if d := w.step(int64(i), r); d != "" {
			t.Fatalf("after record %d: %s\n%s\n\n%s", i, gen.Line(r), d, l)
		}
	}
}

// without lists what the properties leave out, one feature more each.
var without = []struct {
	name string
	f    gen.Features
}{
	{"pure", gen.Features{Pure: true, NoHeals: true, NoSide: true, NoPolicies: true, NoSkips: true, NoUnits: true}},
	{"skips", gen.Features{Pure: true, NoHeals: true, NoSide: true, NoPolicies: true, NoUnits: true}},
	{"metrics", gen.Features{NoHeals: true, NoSide: true, NoPolicies: true, NoUnits: true}},
	{"booked back", gen.Features{NoHeals: true, NoSide: true, NoPolicies: true, NoUnits: true, Lag: true}},
	{"units", gen.Features{NoHeals: true, NoSide: true, NoPolicies: true}},
	{"heals", gen.Features{NoSide: true, NoPolicies: true, NoUnits: true}},
	{"ordered", gen.Features{Ordered: true, NoSide: true, NoPolicies: true, NoUnits: true}},
	{"days", gen.Features{Days: true, NoSide: true, NoPolicies: true, NoUnits: true}},
	{"side", gen.Features{NoHeals: true, NoPolicies: true, NoUnits: true}},
	{"openings", gen.Features{NoPolicies: true, NoUnits: true}},
	{"policies", gen.Features{NoHeals: true, NoSide: true, NoUnits: true}},
	{"resets", gen.Features{Resets: true, NoHeals: true, NoSide: true, NoUnits: true}},
	{"three policies", gen.Features{Third: true, NoHeals: true, NoSide: true, NoUnits: true}},
	{"hold", gen.Features{Hold: true, NoHeals: true, NoSide: true, NoPolicies: true, NoUnits: true, NoSkips: true}},
	{"old", gen.Features{Old: true, NoHeals: true, NoSide: true, NoPolicies: true}},
	{"amended", gen.Features{Amends: true, NoHeals: true, NoSide: true, NoPolicies: true, NoUnits: true}},
	{"all", gen.Features{}},
	{"mixed", gen.Features{}},
}

// mixed adds what the other properties look at one by one.
func mixed(t *rapid.T, f gen.Features) gen.Features {
	coin := func(label string) bool { return rapid.IntRange(0, 2).Draw(t, label) == 0 }
	f.Third, f.Old, f.Amends, f.Lag, f.Days, f.Ordered = coin("third"), coin("old"), coin("amends"), coin("lag"), coin("days"), coin("ordered")
	f.Hold = coin("hold")
	f.NoSkips = f.Hold
	return f
}

// TestFoldMatches: the fold and the oracle agree, whatever the log. Alerts are
// compared where every day is closed by a CLOSE of its own: what becomes of them
// on a skipped day (R1) the oracle does not tell.
func TestFoldMatches(t *testing.T) {
	t.Parallel()
	for _, c := range without {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				f := c.f
				f.MaxDays, f.Warm = 120, true
				if c.name == "mixed" {
					f = mixed(t, f)
				}
				told := f.NoSkips || rapid.Bool().Draw(t, "alerts")
				if told {
					f.NoSkips, f.Alerts, f.Seeded = true, true, rapid.Bool().Draw(t, "seeded")
				}
				compare(t, gen.Draw(t, f), told)
			})
		})
	}
}

// TestFoldMatchesCold: the first records come before any CLOSE and any event.
func TestFoldMatchesCold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		told := rapid.Bool().Draw(t, "alerts")
		compare(t, gen.Draw(t, gen.Features{MaxDays: 90, NoSkips: told, Alerts: told}), told)
	})
}
