package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// facts are got values by key, written like expected ones.
type facts map[string]string

func (p *player) check(e *Expect) error {
	switch e.What {
	case "alert":
		return p.checkAlert(e)
	case "change":
		return p.checkChange(e)
	case "verdict", "reject":
		return p.checkVerdict(e)
	case "average":
		return p.checkAverage(e)
	}
	x, ok := p.part.Explain(e.Customer)
	if !ok {
		return fmt.Errorf("customer %s is not known", e.Customer)
	}
	switch e.What {
	case "tier":
		return p.checkTier(e, x)
	case "project":
		return p.checkProject(e, x)
	case "metric":
		return p.checkMetric(e, x)
	case "score":
		got := facts{}
		for _, s := range x.Scores {
			got[s.Name] = decimal(int64(s.Score), 2) + "%"
		}
		return compare(e.Args, got)
	}
	return fmt.Errorf("%s cannot be checked", e.What)
}

// compare gives an error that names every argument that does not hold.
func compare(args []Arg, got facts) error {
	var wrong []string
	for _, a := range args {
		g, ok := got[a.Key]
		switch {
		case !ok:
			wrong = append(wrong, "there is no "+a.Key)
		case a.Key == "misses" && !strings.Contains(a.Want, "/"):
			if used, _, _ := strings.Cut(g, "/"); used != a.Want {
				wrong = append(wrong, fmt.Sprintf("misses are %s, want %s", g, a.Want))
			}
		case g != a.Want:
			wrong = append(wrong, fmt.Sprintf("%s is %s, want %s", a.Key, orNothing(g), a.Want))
		}
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "; "))
	}
	return nil
}

func orNothing(s string) string {
	if s == "" {
		return "empty"
	}
	return s
}

// best compares with each candidate and gives the smallest complaint, about the
// newest of those.
func best(args []Arg, candidates []facts) error {
	var worst error
	for _, c := range candidates {
		err := compare(args, c)
		if err == nil {
			return nil
		}
		if worst == nil || strings.Count(err.Error(), ";") <= strings.Count(worst.Error(), ";") {
			worst = err
		}
	}
	return worst
}

// checkTier looks at the standing in the one scheme that the line names.
func (p *player) checkTier(e *Expect, x *fold.Explanation) error {
	for i := range x.Schemes {
		v := &x.Schemes[i]
		for _, a := range e.Args {
			if a.Key == v.Name {
				return compare(e.Args, p.standing(x.Plan, v))
			}
		}
	}
	return errors.New("the line names no scheme of the policy; write one like card=gold")
}

func (p *player) standing(plan *policy.Plan, v *fold.SchemeView) facts {
	got := facts{
		v.Name: tierName(plan, v.Name, v.State), "watch": "no", "no_watch": "yes", "proposed": "no",
		"since": day.String(v.State.Since), "guarantee": day.String(v.State.GuaranteeUntil),
	}
	if v.State.Watch {
		got["watch"], got["no_watch"] = "yes", "no"
	}
	if v.State.Proposed {
		got["proposed"] = "yes"
	}
	allowed := uint8(0)
	if s := schemeOf(plan, v.Name); s != nil && int(v.State.Tier) < len(s.Tiers) {
		allowed = s.Tiers[v.State.Tier].DownAfter
	}
	got["misses"] = fraction(uint32(v.State.Misses), uint32(allowed))
	return got
}

func fraction(used, allowed uint32) string {
	return strconv.FormatUint(uint64(used), 10) + "/" + strconv.FormatUint(uint64(allowed), 10)
}

func tierName(plan *policy.Plan, scheme string, st tier.State) string {
	switch st.Standing {
	case tier.New:
		return "new"
	case tier.Exited:
		return "exited"
	case tier.Active:
	}
	return rankName(plan, scheme, st.Tier)
}

func rankName(plan *policy.Plan, scheme string, rank uint8) string {
	if s := schemeOf(plan, scheme); s != nil && int(rank) < len(s.Tiers) {
		return s.Tiers[rank].Name
	}
	return "rank " + strconv.Itoa(int(rank))
}

func schemeOf(plan *policy.Plan, name string) *policy.Scheme {
	for i := range plan.Schemes {
		if plan.Schemes[i].Name == name {
			return &plan.Schemes[i]
		}
	}
	return nil
}

// checkProject looks at the projection in the named scheme, else in the first.
func (p *player) checkProject(e *Expect, x *fold.Explanation) error {
	if len(x.Schemes) == 0 {
		return errors.New("the policy has no scheme")
	}
	v := &x.Schemes[0]
	for _, a := range e.Args {
		for i := range x.Schemes {
			if a.Key == "scheme" && a.Want == x.Schemes[i].Name {
				v = &x.Schemes[i]
			}
		}
	}
	m := &v.Money
	got := facts{
		"scheme": v.Name, "down_on": day.String(v.Projection.On), "lands_on": "-", "lever": strconv.FormatBool(m.Lever),
		"reachable": strconv.FormatBool(m.Reachable), "top_up": p.money(m.TopUp), "shortfall": p.money(m.Shortfall),
		"daily": p.money(m.Daily), "hold_after": p.money(m.HoldAfter), "estimate": p.money(m.Estimate),
		"threshold": p.money(m.Threshold), "at_risk": p.money(m.AtRisk),
	}
	if v.Projection.On != day.None && !v.Projection.Unnamed() {
		got["lands_on"] = rankName(x.Plan, v.Name, v.Projection.To)
	}
	return compare(e.Args, got)
}

func (p *player) money(minor int64) string { return decimal(minor, p.digits) }

// checkMetric compares metrics, each in its own unit.
func (p *player) checkMetric(e *Expect, x *fold.Explanation) error {
	got, args := facts{}, append([]Arg(nil), e.Args...)
	for i := range x.Plan.Metrics {
		m := &x.Plan.Metrics[i]
		got[m.Name] = p.written(m.Unit(), x.Metrics[i])
		for j, a := range args {
			if a.Key != m.Name {
				continue
			}
			want, err := p.wanted(m.Unit(), a.Want)
			if err != nil {
				return fmt.Errorf("%s=%s: %w", a.Key, a.Want, err)
			}
			args[j].Want = want
		}
	}
	return compare(args, got)
}

func (p *player) written(u policy.Unit, v int64) string {
	switch u {
	case policy.Money:
		return p.money(v)
	case policy.Ratio:
		return decimal(v, 2) + "%"
	case policy.Number:
	}
	return decimal(v, 0)
}

func (p *player) wanted(u policy.Unit, s string) (string, error) {
	digits := 0
	switch u {
	case policy.Money:
		digits = p.digits
	case policy.Ratio:
		s, digits = strings.TrimSuffix(s, "%"), 2
	case policy.Number:
	}
	v, err := policy.Decimal(s, digits)
	return p.written(u, v), err
}

// checkAverage looks at the average of the period that ended on a day, as the tier
// machine keeps it and as the newest snapshot of the day says it; or, without a
// day, at that of the newest snapshot. Where there are both, both must hold.
func (p *player) checkAverage(e *Expect) error {
	on := ""
	for _, a := range e.Args {
		if a.Key == "on" {
			on = a.Want
		}
	}
	var all []facts
	if x, ok := p.part.Explain(e.Customer); ok && on != "" {
		got := facts{"on": on}
		for i := range x.Schemes {
			for _, r := range x.Schemes[i].Results {
				if day.String(r.End) == on {
					got[x.Schemes[i].Name] = p.money(r.Value)
				}
			}
		}
		if len(got) > 1 {
			all = append(all, got)
		}
	}
	if s := p.said.snapshot(e.Customer, on); s != nil {
		got := facts{"on": on}
		for _, v := range s.Schemes {
			if v.Divisor > 0 {
				got[v.Scheme] = p.money(halfEven(v.AdbSumMinor, int64(v.Divisor)))
			}
		}
		all = append(all, got)
	}
	if len(all) == 0 {
		return errors.New("there is neither a result nor a snapshot of that day")
	}
	for _, got := range all {
		if err := compare(e.Args, got); err != nil {
			return err
		}
	}
	return nil
}

// halfEven divides, rounding half to even; d > 0.
func halfEven(n, d int64) int64 {
	q, r := n/d, n%d
	if r < 0 {
		q, r = q-1, r+d
	}
	if r > d-r || (r == d-r && q&1 != 0) {
		q++
	}
	return q
}
