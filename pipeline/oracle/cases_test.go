package oracle_test

import (
	"fmt"
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
	at [3]int
}

func newOracleView() *oracleView {
	return &oracleView{Oracle: oracle.New(oracle.FromText(gen.Base))}
}

func (v *oracleView) Apply(offset int64, r *pb.LogRecord) error {
	v.at = [3]int{len(v.Outcome().Changes), len(v.Outcome().DeadLetters), len(v.Outcome().Alerts)}
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
		}
	}
	var changes, dead, told []string
	for _, ch := range v.Outcome().Changes[v.at[0]:] {
		changes = append(changes, fmt.Sprintf("%s %s>%s %s", ch.Kind, ch.From, ch.To, gen.Date(ch.Effective)))
	}
	for _, d := range v.Outcome().DeadLetters[v.at[1]:] {
		dead = append(dead, d.Cause)
	}
	for _, a := range v.Outcome().Alerts[v.at[2]:] {
		if a.Customer == customer {
			told = append(told, fmt.Sprintf("%s %s %s", a.Code, a.State, a.Severity))
		}
	}
	out["alerts"] = strings.Join(told, ", ")
	out["changes"], out["dead"] = strings.Join(changes, ", "), strings.Join(dead, ", ")
	return out
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
