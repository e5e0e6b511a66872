package oracle_test

import (
	"fmt"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// diffAlerts compares what was told of alerts by the last record.
func (w *twins) diffAlerts() string {
	var a, b []string
	for _, x := range w.f.last.alerts {
		a = append(a, w.foldAlert(x))
	}
	all := w.o.Outcome().Alerts
	fresh := all[w.alerts:]
	for i := range fresh {
		b = append(b, oracleAlert(&fresh[i]))
	}
	w.alerts = len(all)
	if d := lists("alerts", a, b); d != "" {
		return d
	}
	if d := w.diffSupersedes(); d != "" {
		return d
	}
	return w.diffEvents(fresh)
}

// diffSupersedes wants a risk to name the one in whose place it opens: what ended with the
// same record without having come true. Nothing else names any.
func (w *twins) diffSupersedes() string {
	for _, x := range w.f.last.alerts {
		want := ""
		for _, over := range w.f.last.alerts {
			if x.Revision == 1 && slices.Contains(risks, x.Code) && slices.Contains(risks, over.Code) && slices.Contains(ended, over.State) &&
				over.Scheme == x.Scheme && over.Day == x.Day && over.AlertId != x.AlertId && over.Customer.GetId() == x.Customer.GetId() {
				want = over.AlertId
			}
		}
		if x.Supersedes != want {
			return fmt.Sprintf("%s %s %s revision %d supersedes %q, want %q", x.Customer.GetId(), x.Scheme, x.Code, x.Revision, x.Supersedes, want)
		}
	}
	return ""
}

// diffEvents wants the event of a reason to be one of the largest, its day always told and
// its id where it is remembered.
func (w *twins) diffEvents(told []oracle.Alert) string {
	for _, x := range w.f.last.alerts {
		i := slices.IndexFunc(told, func(a oracle.Alert) bool {
			return oracleAlert(&a) == w.foldAlert(x)
		})
		if i < 0 || !slices.Contains(risks, x.Code) && x.Code != "TIER_DOWNGRADED" || x.State != pb.AlertState_OPEN {
			continue
		}
		for k, r := range x.Reasons {
			o := &told[i].Reasons[k]
			day := r.Day == 0 && len(o.Days) == 0 || slices.Contains(o.Days, r.Day)
			if !day || r.EventId != "" && !slices.Contains(o.Events, r.EventId) {
				return fmt.Sprintf("%s %s names %q of %s, the largest are %v", x.Customer.GetId(), x.Code, r.EventId, gen.Date(r.Day), o.Events)
			}
		}
	}
	return ""
}

var risks = []string{"MISS_PROJECTED", "WATCH_ENTERED", "GRACE_LAST_MONTH", "VALUE_DOWNGRADE_PROJECTED"}

func alertLine(customer, scheme, code string, state pb.AlertState, sev pb.Severity, revision int, opened, day int32) string {
	return fmt.Sprintf("%s %s %s %s %s revision %d opened %s day %s", customer, scheme, code, state, sev, revision, gen.Date(opened), gen.Date(day))
}

// ended are the states in which a risk tells the standing that ended it.
var ended = []pb.AlertState{pb.AlertState_AUTO_RESOLVED, pb.AlertState_INHIBITED}

func (w *twins) foldAlert(x *pb.Alert) string {
	line := alertLine(x.Customer.GetId(), x.Scheme, x.Code, x.State, x.Severity, int(x.Revision), x.OpenedDay, x.Day)
	risk, m := slices.Contains(risks, x.Code), x.Money
	if x.State != pb.AlertState_OPEN && (!risk || m == nil || !slices.Contains(ended, x.State)) {
		return line
	}
	if x.Code == "LARGE_OUTFLOW" {
		return line + fmt.Sprintf(" %d of %d", x.Reasons[0].AmountMinor, m.GetAtRiskMinor())
	}
	if x.Code != "ACTIVITY_SILENCE" {
		line += fmt.Sprintf(" from %s to %s", x.From, x.LandsOn)
	}
	if risk || x.FallsOn != 0 {
		line += " falls " + gen.Date(x.FallsOn)
	}
	if x.Code == "NEAR_UPGRADE" && m != nil {
		line += fmt.Sprintf(" lacks %d top up %d", m.ShortfallMinor, m.TopUpMinor)
	}
	for _, r := range x.Reasons {
		line += fmt.Sprintf(" %s %d of %d", r.Code, r.ShareBp, r.AmountMinor)
	}
	if !risk {
		return line
	}
	line += fmt.Sprintf(" act by %s misses %d/%d", gen.Date(x.ActBy), x.MissesUsed, x.MissesAllowed)
	if m != nil {
		line += fmt.Sprintf(" lever %v reachable %v threshold %d estimate %d short %d daily %d top up %d hold %d risk %d", m.HasLever, m.Reachable,
			m.ThresholdMinor, m.AdbEstimateMinor, m.ShortfallMinor, m.DailyNeededMinor, m.TopUpMinor, m.HoldAfterMinor, m.AtRiskMinor)
		for _, on := range m.Wait {
			line += fmt.Sprintf(" %s:%d", gen.Date(on.OnDay), on.TopUpMinor)
		}
	}
	for _, l := range x.Missing {
		line += fmt.Sprintf(" %s %d for %d", l.Metric, l.Have, l.Need)
	}
	return line
}

func oracleAlert(x *oracle.Alert) string {
	line := alertLine(x.Customer, x.Scheme, x.Code, x.State, x.Severity, x.Revision, x.Opened, x.Day)
	risk, m := slices.Contains(risks, x.Code), x.Money
	if x.State != pb.AlertState_OPEN && (!risk || m == nil || !slices.Contains(ended, x.State)) {
		return line
	}
	if x.Code == "LARGE_OUTFLOW" {
		return line + fmt.Sprintf(" %s of %s", x.Amount, x.Assets)
	}
	if x.Code != "ACTIVITY_SILENCE" {
		line += fmt.Sprintf(" from %s to %s", x.From, x.To)
	}
	if risk || x.FallsOn != 0 {
		line += " falls " + gen.Date(x.FallsOn)
	}
	if x.Code == "NEAR_UPGRADE" && x.Amount != nil {
		line += fmt.Sprintf(" lacks %s top up %s", x.Amount, orNone(x.TopUp))
	}
	for _, r := range x.Reasons {
		line += fmt.Sprintf(" %s %d of %d", r.Code, r.Share, r.Amount)
	}
	if !risk {
		return line
	}
	actBy := x.ActBy
	if x.State != pb.AlertState_OPEN {
		actBy = 0
	}
	line += fmt.Sprintf(" act by %s misses %d/%d", gen.Date(actBy), x.Used, x.Allowed)
	if m != nil {
		told := *m
		if !m.Reachable {
			told.TopUp = nil
		}
		if !m.HasLever {
			told.Shortfall, told.Daily, told.HoldAfter = nil, nil, nil // not what is missing
		}
		line += fmt.Sprintf(" lever %v reachable %v threshold %s estimate %s short %s daily %s top up %s hold %s risk %s", m.HasLever, m.Reachable,
			orNone(m.Threshold), orNone(m.Estimate), orNone(told.Shortfall), orNone(told.Daily), orNone(told.TopUp), orNone(told.HoldAfter), orNone(m.AtRisk))
		for _, on := range m.Wait {
			line += fmt.Sprintf(" %s:%s", gen.Date(on.On), on.TopUp)
		}
	}
	for _, l := range x.Missing {
		line += fmt.Sprintf(" %s %d for %d", l.Of, l.Have, l.Need)
	}
	return line
}
