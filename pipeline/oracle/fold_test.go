package oracle_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	"github.com/tierwatch/tierwatch/pipeline/oracle/match"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// said is what the fold said at one offset.
type said struct {
	changes   []*pb.TierChange
	dead      []*pb.DeadLetter
	verdicts  []*pb.Verdict
	snapshots []*pb.Snapshot
	alerts    []*pb.Alert
}

// folded is a partition of the fold under test.
type folded struct {
	p    *fold.Partition
	outs fold.Outputs
	last said
	// chunk is how many customers a drain visits at a time, 0: all.
	chunk int
	// raw are the outputs so far, per customer and kind, as bytes.
	raw map[string][]string
	// cases are the latest revisions of alerts, by id.
	cases map[string]*pb.Alert
}

func newFold() *folded {
	return &folded{p: fold.New(fold.Options{}), raw: map[string][]string{}, cases: map[string]*pb.Alert{}}
}

func (v *folded) Apply(offset int64, r *pb.LogRecord) error {
	v.outs.Reset()
	value, err := r.MarshalVT()
	if err != nil {
		return fmt.Errorf("marshal record: %w", err)
	}
	if err := v.p.Apply(offset, value, &v.outs); err != nil {
		return err
	}
	for n := max(v.chunk, 1); v.p.Draining() && v.chunk >= 0; {
		v.p.Drain(n, &v.outs)
	}
	return v.take()
}

// take decodes what was said.
func (v *folded) take() error {
	v.last = said{}
	for _, out := range v.outs.List {
		key := fmt.Sprintf("%s kind %d", out.Customer, out.Kind)
		v.raw[key] = append(v.raw[key], fmt.Sprintf("%d %d %x", out.Offset, out.Sub, out.Value))
		var err error
		switch out.Kind {
		case fold.KindTierChange:
			m := &pb.TierChange{}
			err = m.UnmarshalVT(out.Value)
			v.last.changes = append(v.last.changes, m)
		case fold.KindDeadLetter:
			m := &pb.DeadLetter{}
			err = m.UnmarshalVT(out.Value)
			v.last.dead = append(v.last.dead, m)
		case fold.KindVerdict:
			m := &pb.Verdict{}
			err = m.UnmarshalVT(out.Value)
			v.last.verdicts = append(v.last.verdicts, m)
		case fold.KindSnapshot:
			m := &pb.Snapshot{}
			if err = m.UnmarshalVT(out.Value); err == nil {
				err = m.EachDay(func(day *pb.Snapshot) error {
					v.last.snapshots = append(v.last.snapshots, day.CloneVT())
					return nil
				})
			}
		case fold.KindAlert:
			m := &pb.Alert{}
			err = m.UnmarshalVT(out.Value)
			v.last.alerts = append(v.last.alerts, m)
			if was := v.cases[m.AlertId]; err == nil && was != nil && (was.Scheme != m.Scheme || was.Code != m.Code || was.Revision+1 != m.Revision) {
				err = fmt.Errorf("alert %s is %s %s revision %d behind %s %s revision %d", m.AlertId, m.Scheme, m.Code, m.Revision, was.Scheme, was.Code, was.Revision)
			}
			v.cases[m.AlertId] = m
		}
		if err != nil {
			return fmt.Errorf("unmarshal output: %w", err)
		}
	}
	return nil
}

// scheme finds what the fold tells of a customer in a scheme.
func (v *folded) scheme(customer, scheme string) (*fold.Explanation, *fold.SchemeView) {
	x, ok := v.p.Explain(customer)
	if !ok {
		return nil, nil
	}
	for i := range x.Schemes {
		if x.Schemes[i].Name == scheme {
			return x, &x.Schemes[i]
		}
	}
	return x, nil
}

func (v *folded) Look(customer, scheme string) map[string]string {
	out := map[string]string{}
	var changes, basis, replaced, dead, told, verdicts []string
	for _, x := range v.last.verdicts {
		if x.CustomerId == customer && x.Kind != pb.VerdictKind_VERDICT_REJECTED && x.Kind != pb.VerdictKind_VERDICT_CONFLICT {
			verdicts = append(verdicts, verdictText(x.Kind, x.EventId, x.AccountId, x.Day, x.Amount))
		}
	}
	slices.Sort(verdicts)
	out["verdicts"] = strings.Join(verdicts, ", ")
	for _, ch := range v.last.changes {
		if ch.CustomerId == customer {
			changes = append(changes, fmt.Sprintf("%s %s>%s %s", ch.Kind, ch.From, ch.To, gen.Date(ch.EffectiveDay)))
			basis = append(basis, basisOf(match.Change(ch)))
			if ch.Kind == pb.ChangeKind_CORRECTED {
				replaced = append(replaced, gen.Date(ch.SupersedesDay))
			}
		}
	}
	for _, d := range v.last.dead {
		dead = append(dead, d.Cause)
	}
	for _, a := range v.last.alerts {
		if a.Customer.GetId() == customer {
			told = append(told, fmt.Sprintf("%s %s %s", a.Code, a.State, a.Severity))
		}
	}
	out["basis"] = strings.Join(basis, ", ")
	out["alerts"], out["supersedes"] = strings.Join(told, ", "), strings.Join(replaced, ", ")
	out["changes"], out["dead"] = strings.Join(changes, ", "), strings.Join(dead, ", ")
	x, s := v.scheme(customer, scheme)
	if s == nil {
		return out
	}
	tiers := x.Plan.Schemes[0].Tiers
	out["standing"] = []string{"NEW", "ACTIVE", "LEFT"}[s.State.Standing]
	if out["standing"] == "ACTIVE" {
		out["tier"] = tiers[s.State.Tier].Name
	}
	out["misses"], out["watch"] = fmt.Sprint(s.State.Misses), fmt.Sprint(s.State.Watch)
	out["since"] = gen.Date(s.State.Since)
	fall, m := s.Projection, s.Money
	out["falls_on"], out["act_by"], out["lands_on"] = gen.Date(fall.On), "", ""
	if fall.On != 0 {
		if out["act_by"] = gen.Date(fall.PeriodEnd); !fall.Unnamed() {
			out["lands_on"] = tiers[fall.To].Name
		}
	}
	out["reachable"] = fmt.Sprint(m.Reachable)
	for name, n := range map[string]int64{
		"top_up": m.TopUp, "estimate": m.Estimate, "shortfall": m.Shortfall, "daily_needed": m.Daily,
		"hold_after": m.HoldAfter, "at_risk": m.AtRisk,
	} {
		out[name] = fmt.Sprint(n)
	}
	var wait []string
	for i, on := range m.WaitOn {
		if on != 0 {
			wait = append(wait, fmt.Sprintf("%s:%d", gen.Date(on), m.WaitTopUp[i]))
		}
	}
	out["wait"] = strings.Join(wait, " ")
	for _, snap := range v.last.snapshots {
		for _, s := range snap.Schemes {
			if snap.CustomerId == customer && s.Scheme == scheme {
				out["sum"] = fmt.Sprint(s.AdbSumMinor)
				out["guarantee"] = gen.Date(s.GuaranteeUntil)
				var held []string
				for _, h := range s.Holdings {
					held = append(held, fmt.Sprintf("%s %d at %d", h.Unit, h.Quantity, h.WeightBp))
				}
				out["provisional"] = fmt.Sprint(s.Provisional)
				out["holdings"] = strings.Join(held, ", ")
			}
		}
	}
	return out
}
