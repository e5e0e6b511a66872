package match

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/oracle"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// risks are the codes of the alerts that foretell a fall.
var risks = []string{"MISS_PROJECTED", "WATCH_ENTERED", "GRACE_LAST_MONTH", "VALUE_DOWNGRADE_PROJECTED"}

// Risk tells whether alerts of a code foretell a fall.
func Risk(code string) bool { return slices.Contains(risks, code) }

// ended are the states in which a risk tells the standing that ended it.
var ended = []pb.AlertState{pb.AlertState_AUTO_RESOLVED, pb.AlertState_INHIBITED}

// Ended tells whether an alert ended without having come true.
func Ended(s pb.AlertState) bool { return slices.Contains(ended, s) }

// Alert is a revision of an alert of the fold as a line: all that the oracle judges, which
// knows neither texts nor who is told.
func Alert(a *pb.Alert) string {
	line := []string{head(a.Log.GetOffset(), a.Customer.GetId(), a.Scheme, a.Code, a.State, a.Severity, int(a.Revision), a.OpenedDay, a.Day)}
	add := func(format string, args ...any) { line = append(line, fmt.Sprintf(format, args...)) }
	m := a.Money
	switch {
	case a.State != pb.AlertState_OPEN && (!Risk(a.Code) || m == nil || !Ended(a.State)):
		return line[0]
	case a.Code == "LARGE_OUTFLOW" && len(a.Reasons) > 0:
		add(shareOf, a.Reasons[0].AmountMinor, m.GetAtRiskMinor())
		return strings.Join(line, " ")
	}
	line = append(line, move(a.Code, a.From, a.LandsOn, a.FallsOn))
	if a.Code == "NEAR_UPGRADE" && m != nil {
		add(lacks, m.ShortfallMinor, m.TopUpMinor)
	}
	if Risk(a.Code) {
		add(used, day.String(a.ActBy), a.MissesUsed, a.MissesAllowed)
		if m != nil {
			add(money, m.HasLever, m.Reachable, m.ThresholdMinor, m.AdbEstimateMinor, m.ShortfallMinor, m.DailyNeededMinor, m.TopUpMinor,
				m.HoldAfterMinor, m.AtRiskMinor)
			for _, w := range m.Wait {
				add(wait, day.String(w.OnDay), w.TopUpMinor)
			}
		}
	}
	for _, l := range a.Missing {
		add(missing, l.Metric, l.Have, l.Need)
	}
	for _, r := range a.Reasons {
		add(reason, r.Code, r.ShareBp, r.AmountMinor)
	}
	return strings.Join(line, " ")
}

// What lines are made of; %v takes amounts of both.
const (
	shareOf = "%v of %v"
	lacks   = "lacks %v top up %v"
	used    = "act by %s misses %d/%d"
	money   = "lever %t reachable %t threshold %v estimate %v short %v daily %v top up %v hold %v risk %v"
	wait    = "%s:%v"
	missing = "%s %d for %d"
	reason  = "%s %d of %d"
)

// OracleAlert is [Alert] of what the oracle says.
func OracleAlert(a *oracle.Alert) string {
	line := []string{head(a.Offset, a.Customer, a.Scheme, a.Code, a.State, a.Severity, a.Revision, a.Opened, a.Day)}
	add := func(format string, args ...any) { line = append(line, fmt.Sprintf(format, args...)) }
	switch {
	case a.State != pb.AlertState_OPEN && (!Risk(a.Code) || a.Money == nil || !Ended(a.State)):
		return line[0]
	case a.Code == "LARGE_OUTFLOW" && a.Amount != nil:
		add(shareOf, a.Amount, a.Assets)
		return strings.Join(line, " ")
	}
	line = append(line, move(a.Code, a.From, a.To, a.FallsOn))
	if a.Code == "NEAR_UPGRADE" && a.Amount != nil {
		add(lacks, a.Amount, OrNone(a.TopUp))
	}
	if Risk(a.Code) {
		actBy := a.ActBy
		if a.State != pb.AlertState_OPEN {
			actBy = 0 // nothing is left to be done
		}
		add(used, day.String(actBy), a.Used, a.Allowed)
		if a.Money != nil {
			m := told(*a.Money)
			add(money, m.HasLever, m.Reachable, OrNone(m.Threshold), OrNone(m.Estimate), OrNone(m.Shortfall), OrNone(m.Daily), OrNone(m.TopUp),
				OrNone(m.HoldAfter), OrNone(m.AtRisk))
			for _, w := range m.Wait {
				add(wait, day.String(w.On), w.TopUp)
			}
		}
	}
	for _, l := range a.Missing {
		add(missing, l.Of, l.Have, l.Need)
	}
	for _, r := range a.Reasons {
		add(reason, r.Code, r.Share, r.Amount)
	}
	return strings.Join(line, " ")
}

// told is what an alert tells of the oracle's money.
func told(m oracle.Money) oracle.Money {
	if !m.Reachable {
		m.TopUp = nil // what does not help is not asked for
	}
	if !m.HasLever {
		m.Shortfall, m.Daily, m.HoldAfter = nil, nil, nil // not what is missing
	}
	return m
}

func head(at int64, customer, scheme, code string, state pb.AlertState, severity pb.Severity, revision int, opened, on int32) string {
	return fmt.Sprintf("at %d %s %s %s %s %s revision %d opened %s day %s", at, customer, scheme, code, state, severity, revision, day.String(opened), day.String(on))
}

// move is what an alert about a scheme says of its tiers.
func move(code, from, to string, falls int32) string {
	var line []string
	if code != "LARGE_OUTFLOW" && code != "ACTIVITY_SILENCE" {
		line = append(line, fmt.Sprintf("from %s to %s", from, to))
	}
	if Risk(code) || falls != 0 {
		line = append(line, "falls "+day.String(falls))
	}
	return strings.Join(line, " ")
}

// OrNone is an amount, 0 where there is none.
func OrNone(n *big.Int) *big.Int {
	if n == nil {
		return new(big.Int)
	}
	return n
}

// Misnamed lists the events that alerts name as the largest of a reason, and that are not:
// the day is always told, the id where it is remembered (R188). Alerts and reasons that
// differ otherwise are told by their lines.
func Misnamed(got []*pb.Alert, want []oracle.Alert) (list []string) {
	for _, a := range got {
		line := Alert(a)
		i := slices.IndexFunc(want, func(w oracle.Alert) bool { return line == OracleAlert(&w) })
		if i < 0 || a.State != pb.AlertState_OPEN || !Risk(a.Code) && a.Code != "TIER_DOWNGRADED" {
			continue
		}
		for k, r := range a.Reasons {
			o := &want[i].Reasons[k]
			on := r.Day == 0 && len(o.Days) == 0 || slices.Contains(o.Days, r.Day)
			if !on || r.EventId != "" && !slices.Contains(o.Events, r.EventId) {
				list = append(list, fmt.Sprintf("%s: names the event %q of %s, the largest are %s", line, r.EventId, day.String(r.Day), strings.Join(o.Events, ", ")))
			}
		}
	}
	return list
}
