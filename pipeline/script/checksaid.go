package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/day"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// checkAlert looks for a case; unless the line says a state, for an open one.
func (p *player) checkAlert(e *Expect) error {
	args, state := e.Args, false
	for _, a := range e.Args {
		state = state || a.Key == "state"
	}
	if !state {
		args = append([]Arg{{Key: "state", Want: "open"}}, args...)
	}
	var candidates []facts
	var others []string
	for _, a := range p.said.alerts {
		switch {
		case a.Customer.GetId() != e.Customer:
		case e.Name == "" || a.Code == e.Name:
			candidates = append(candidates, p.alertFacts(a))
			if e.Not && compare(args, candidates[len(candidates)-1]) == nil {
				return fmt.Errorf("there is one: %s since %s", a.Code, day.String(a.OpenedDay))
			}
		case a.State == pb.AlertState_OPEN:
			others = append(others, a.Code)
		}
	}
	switch {
	case e.Not:
		return nil
	case len(candidates) > 0:
		return best(args, candidates)
	case others == nil:
		return errors.New("there is none")
	}
	return errors.New("there is none; open are " + strings.Join(others, ", "))
}

func (p *player) alertFacts(a *pb.Alert) facts {
	m := a.Money
	got := facts{
		"state": lowerName(a.State.String()), "severity": lowerName(a.Severity.String()), "mode": lowerName(a.Mode.String()),
		"scheme": a.Scheme, "from": a.From, "lands_on": a.LandsOn, "falls_on": day.String(a.FallsOn), "act_by": day.String(a.ActBy),
		"misses": fraction(a.MissesUsed, a.MissesAllowed), "revision": strconv.FormatUint(uint64(a.Revision), 10),
		"opened": day.String(a.OpenedDay), "quality": strings.ToLower(a.Quality),
		"lever": strconv.FormatBool(m.GetHasLever()), "reachable": strconv.FormatBool(m.GetReachable()),
		"top_up": p.money(m.GetTopUpMinor()), "shortfall": p.money(m.GetShortfallMinor()), "daily": p.money(m.GetDailyNeededMinor()),
		"hold_after": p.money(m.GetHoldAfterMinor()), "estimate": p.money(m.GetAdbEstimateMinor()),
		"threshold": p.money(m.GetThresholdMinor()), "at_risk": p.money(m.GetAtRiskMinor()),
	}
	if len(a.Reasons) > 0 {
		r := a.Reasons[0]
		got["reason"], got["reason_share"], got["reason_amount"] = strings.ToLower(r.Code), decimal(int64(r.ShareBp), 2)+"%", p.money(r.AmountMinor)
	}
	if len(a.Missing) > 0 {
		got["missing"] = a.Missing[0].Metric
	}
	for i, w := range m.GetWait() {
		key := map[int]string{0: "wait", 1: "wait2"}[i]
		got[key+"_on"], got[key+"_top_up"] = day.String(w.OnDay), p.money(w.TopUpMinor)
	}
	return got
}

func lowerName(s string) string { return strings.ToLower(s) }

// checkChange looks for a tier change among all so far.
func (p *player) checkChange(e *Expect) error {
	var candidates []facts
	var seen []string
	for _, c := range p.said.changes {
		if c.CustomerId != e.Customer {
			continue
		}
		seen = append(seen, fmt.Sprintf("%s %s to %s", c.Kind, orNothing(c.From), c.To))
		if e.Name != "" && c.Kind.String() != e.Name {
			continue
		}
		candidates = append(candidates, facts{
			"scheme": c.Scheme, "from": c.From, "to": c.To, "decided": day.String(c.DecidedDay), "effective": day.String(c.EffectiveDay),
			"supersedes": day.String(c.SupersedesDay), "misses": strconv.FormatUint(uint64(c.Misses), 10),
			"value": p.money(c.ValueMinor), "threshold": p.money(c.ThresholdMinor), "period": day.String(c.PeriodStart),
		})
	}
	return found(e, candidates, seen)
}

// checkVerdict looks for a verdict, or for a rejected record by its cause.
func (p *player) checkVerdict(e *Expect) error {
	var candidates []facts
	var seen []string
	if e.What == "reject" {
		for _, d := range p.said.dead {
			if d.CustomerId != e.Customer {
				continue
			}
			seen = append(seen, d.Cause)
			if e.Name == "" || d.Cause == e.Name {
				candidates = append(candidates, facts{"event": strings.ToLower(d.EventId)})
			}
		}
		return found(e, candidates, seen)
	}
	for _, v := range p.said.verdicts {
		if v.CustomerId != e.Customer {
			continue
		}
		kind := strings.TrimPrefix(v.Kind.String(), "VERDICT_")
		seen = append(seen, kind)
		if e.Name == "" || kind == e.Name {
			candidates = append(candidates, facts{
				"cause": v.Cause, "day": day.String(v.Day), "event": strings.ToLower(v.EventId),
				"account": strings.ToLower(v.AccountId), "amount": decimal(v.Amount, 0),
			})
		}
	}
	return found(e, candidates, seen)
}

// found decides on something that is there or not.
func found(e *Expect, candidates []facts, seen []string) error {
	err := best(e.Args, candidates)
	there := len(candidates) > 0 && err == nil
	switch {
	case e.Not && there:
		return errors.New("there is one")
	case e.Not || there:
		return nil
	case len(candidates) > 0:
		return err
	case len(seen) == 0:
		return errors.New("there is none")
	}
	return errors.New("there is none; there are " + strings.Join(seen, ", "))
}
