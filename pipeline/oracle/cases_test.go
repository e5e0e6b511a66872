package oracle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/oracle/cases"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// oracleView lets the cases look at an oracle.
type oracleView struct {
	*oracle.Oracle
	at [4]int
}

func newOracleView() *oracleView {
	return &oracleView{Oracle: oracle.New(oracle.FromText(gen.Base))}
}

func (v *oracleView) Apply(offset int64, r *pb.LogRecord) error {
	v.at = [4]int{len(v.Outcome().Changes), len(v.Outcome().DeadLetters), len(v.Outcome().Alerts), len(v.Outcome().Verdicts)}
	return v.Oracle.Apply(offset, r)
}

func (v *oracleView) Look(customer, scheme string) map[string]string {
	out := map[string]string{"changes": "", "dead": "", "alerts": ""}
	c := v.Customer(customer)
	if c == nil {
		return out
	}
	st := c.Standing(scheme)
	if out["standing"] = st.Standing.String(); st.Standing == 0 {
		out["standing"] = "NEW"
	}
	out["tier"] = c.TierName(scheme)
	out["misses"] = fmt.Sprint(st.Misses)
	out["watch"], out["since"] = fmt.Sprint(st.Watch), gen.Date(st.Since)
	p := c.Project(scheme)
	out["falls_on"], out["act_by"], out["lands_on"] = gen.Date(p.FallsOn), gen.Date(p.ActBy), ""
	if p.LandsOn >= 0 {
		out["lands_on"] = v.Plan().Schemes[0].Tiers[p.LandsOn].Name
	}
	m := c.Money(scheme)
	out["reachable"] = fmt.Sprint(m.Reachable)
	put := func(name string, n fmt.Stringer, known bool) {
		if known {
			out[name] = n.String()
		}
	}
	put("top_up", m.TopUp, m.TopUp != nil)
	put("estimate", m.Estimate, m.Estimate != nil)
	put("shortfall", m.Shortfall, m.Shortfall != nil)
	put("daily_needed", m.Daily, m.Daily != nil)
	put("hold_after", m.HoldAfter, m.HoldAfter != nil)
	put("at_risk", m.AtRisk, m.AtRisk != nil)
	var wait []string
	for _, w := range m.Wait {
		wait = append(wait, gen.Date(w.On)+":"+w.TopUp.String())
	}
	out["wait"] = strings.Join(wait, " ")
	for _, p := range v.Outcome().Points {
		if p.Customer == customer && p.Schemes[0].Sum != nil {
			out["sum"] = p.Schemes[0].Sum.String()
			out["guarantee"] = gen.Date(max(p.Schemes[0].State.Guarantee, p.Schemes[0].State.Protect))
			var held []string
			for _, h := range p.Schemes[0].Holdings {
				held = append(held, fmt.Sprintf("%s %d at %d", h.Unit, h.Quantity, h.WeightBP))
			}
			out["provisional"] = fmt.Sprint(p.Provisional)
			out["holdings"] = strings.Join(held, ", ")
		}
	}
	var changes, basis, replaced, dead, told []string
	for _, ch := range v.Outcome().Changes[v.at[0]:] {
		changes = append(changes, fmt.Sprintf("%s %s>%s %s", ch.Kind, ch.From, ch.To, gen.Date(ch.Effective)))
		basis = append(basis, basisOf(&ch))
		if ch.Kind == pb.ChangeKind_CORRECTED {
			replaced = append(replaced, gen.Date(ch.Supersedes))
		}
	}
	for _, d := range v.Outcome().DeadLetters[v.at[1]:] {
		dead = append(dead, d.Cause)
	}
	for _, a := range v.Outcome().Alerts[v.at[2]:] {
		if a.Customer == customer {
			told = append(told, fmt.Sprintf("%s %s %s", a.Code, a.State, a.Severity))
		}
	}
	out["basis"] = strings.Join(basis, ", ")
	var verdicts []string
	for _, x := range v.Outcome().Verdicts[v.at[3]:] {
		if x.Customer == customer {
			verdicts = append(verdicts, verdictText(x.Kind, x.EventID, x.Account, x.Day, x.Amount))
		}
	}
	slices.Sort(verdicts)
	out["verdicts"] = strings.Join(verdicts, ", ")
	out["alerts"], out["supersedes"] = strings.Join(told, ", "), strings.Join(replaced, ", ")
	out["changes"], out["dead"] = strings.Join(changes, ", "), strings.Join(dead, ", ")
	return out
}

// basisOf is what a change says of that which decided it.
func basisOf(ch *oracle.Change) string {
	return fmt.Sprintf("%d>%d by %d of %d from %s to %s",
		ch.FromRank, ch.ToRank, ch.Value, ch.Threshold, gen.Date(ch.Period.Start), gen.Date(ch.Period.End))
}

// verdictText is a verdict as the cases write it.
func verdictText(kind pb.VerdictKind, id, account string, day int32, amount int64) string {
	name := strings.TrimPrefix(kind.String(), "VERDICT_")
	if kind == pb.VerdictKind_VERDICT_HEALED {
		return fmt.Sprintf("%s %s %s %d", name, account, gen.Date(day), amount)
	}
	return name + " " + id
}

// TestCases runs the worked numbers against the oracle.
func TestCases(t *testing.T) {
	for _, c := range cases.All() {
		t.Run(c.Name, func(t *testing.T) {
			found, err := cases.Run(c, newOracleView())
			if err != nil {
				t.Fatal(err)
			}
			report(t, c, found)
		})
	}
}

// TestCasesOfTheFold runs them against the fold.
func TestCasesOfTheFold(t *testing.T) {
	for _, c := range cases.All() {
		t.Run(c.Name, func(t *testing.T) {
			found, err := cases.Run(c, newFold())
			if err != nil {
				t.Fatal(err)
			}
			report(t, c, found)
		})
	}
}

func report(t *testing.T, c *cases.Case, found []cases.Difference) {
	t.Helper()
	for _, d := range found {
		t.Errorf("after record %d (%s): %s %s %s is %q, want %q\n%s",
			d.After, gen.Line(c.Log.Records[d.After]), d.Customer, d.Scheme, d.Field, d.Got, d.Want, c.Why)
	}
}
