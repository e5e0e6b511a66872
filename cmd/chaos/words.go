package main

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/oracle/match"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// words are what was said of a customer, as lines to compare: each begins with the
// offset of the log record that caused it. Of alerts they hold all that the oracle
// judges; it knows neither texts nor who is told.
type words struct{ moves, verdicts, letters, alerts []string }

// words are those of the fold, in its topics.
func (b *logbook) words(customer string) (w words) {
	for _, c := range b.changes[customer] {
		w.moves = append(w.moves, moveLine(match.Change(c)))
	}
	for _, v := range b.verdicts[customer] {
		w.verdicts = append(w.verdicts, verdictLine(v.Log.Offset, v.Kind, v.EventId, v.AccountId, v.Day, v.Amount))
	}
	for _, d := range b.refused[customer] {
		w.letters = append(w.letters, letterLine(d.Log.Offset, d.EventId, d.Cause))
	}
	for _, a := range b.alerts[customer] {
		w.alerts = append(w.alerts, foldAlert(a))
	}
	return w
}

// words are those of the oracle, likewise.
func (o *opinion) words() (w words) {
	for i := range o.Changes {
		c := &o.Changes[i]
		if !c.Untold {
			w.moves = append(w.moves, moveLine(c))
		}
	}
	for _, v := range o.Verdicts {
		w.verdicts = append(w.verdicts, verdictLine(v.Offset, v.Kind, v.EventID, v.Account, v.Day, v.Amount))
	}
	for _, d := range o.DeadLetters {
		w.letters = append(w.letters, letterLine(d.Offset, d.EventID, d.Cause))
		// The verdict that goes with it.
		kind := pb.VerdictKind_VERDICT_REJECTED
		if d.Cause == "id_conflict" {
			kind = pb.VerdictKind_VERDICT_CONFLICT
		}
		w.verdicts = append(w.verdicts, verdictLine(d.Offset, kind, d.EventID, "", 0, 0))
	}
	for i := range o.Alerts {
		w.alerts = append(w.alerts, oracleAlert(&o.Alerts[i]))
	}
	return w
}

func moveLine(c *oracle.Change) string {
	return fmt.Sprintf("at %d %s %s %s>%s ranks %d>%d decided %s effective %s supersedes %s misses %d watch %t by %d of %d from %s to %s",
		c.Offset, c.Scheme, c.Kind, c.From, c.To, c.FromRank, c.ToRank, date(c.Decided), date(c.Effective), date(c.Supersedes), c.Misses, c.Watch,
		c.Value, c.Threshold, date(c.Period.Start), date(c.Period.End))
}

func verdictLine(at int64, kind pb.VerdictKind, eventID, account string, day int32, amount int64) string {
	if kind == pb.VerdictKind_VERDICT_HEALED {
		return fmt.Sprintf("at %d %s account %s by %d on %s", at, kind, account, amount, date(day))
	}
	return fmt.Sprintf("at %d %s event %s", at, kind, eventID)
}

func letterLine(at int64, eventID, cause string) string {
	return fmt.Sprintf("at %d event %s %s", at, eventID, cause)
}

// date writes a day, "-" for none.
func date(day int32) string {
	if day == 0 {
		return "-"
	}
	return event.FormatDay(day)
}

// risks are the codes of the alerts that foretell a fall.
var risks = []string{"MISS_PROJECTED", "WATCH_ENTERED", "GRACE_LAST_MONTH", "VALUE_DOWNGRADE_PROJECTED"}

// ofCustomer are the codes that have no scheme and so no tiers.
var ofCustomer = []string{"LARGE_OUTFLOW", "ACTIVITY_SILENCE"}

func alertLine(at int64, scheme, code string, state pb.AlertState, severity pb.Severity, revision int, opened, day int32) string {
	return fmt.Sprintf("at %d %s %s %s %s revision %d opened %s day %s", at, scheme, code, state, severity, revision, date(opened), date(day))
}

// ended are the states in which a risk tells the standing that ended it.
var ended = []pb.AlertState{pb.AlertState_AUTO_RESOLVED, pb.AlertState_INHIBITED}

func foldAlert(a *pb.Alert) string {
	line := alertLine(a.Log.Offset, a.Scheme, a.Code, a.State, a.Severity, int(a.Revision), a.OpenedDay, a.Day)
	risk, m := slices.Contains(risks, a.Code), a.Money
	if a.State != pb.AlertState_OPEN && (!risk || m == nil || !slices.Contains(ended, a.State)) {
		return line
	}
	if a.Code == "LARGE_OUTFLOW" && len(a.Reasons) > 0 {
		return line + fmt.Sprintf(" %d of %d", a.Reasons[0].AmountMinor, m.GetAtRiskMinor())
	}
	if !slices.Contains(ofCustomer, a.Code) {
		line += fmt.Sprintf(" from %s to %s", a.From, a.LandsOn)
	}
	if risk || a.FallsOn != 0 {
		line += " falls " + date(a.FallsOn)
	}
	if a.Code == "NEAR_UPGRADE" && m != nil {
		line += fmt.Sprintf(" lacks %d top up %d", m.ShortfallMinor, m.TopUpMinor)
	}
	if !risk {
		return line
	}
	line += fmt.Sprintf(" act by %s misses %d/%d ", date(a.ActBy), a.MissesUsed, a.MissesAllowed)
	var more []string
	if m != nil {
		line += fmt.Sprintf("lever %t reachable %t threshold %d estimate %d short %d daily %d top up %d hold %d risk %d ", m.HasLever,
			m.Reachable, m.ThresholdMinor, m.AdbEstimateMinor, m.ShortfallMinor, m.DailyNeededMinor, m.TopUpMinor, m.HoldAfterMinor, m.AtRiskMinor)
		for _, w := range m.Wait {
			more = append(more, fmt.Sprintf("%s:%d", date(w.OnDay), w.TopUpMinor))
		}
	}
	for _, l := range a.Missing {
		more = append(more, fmt.Sprintf("%s %d for %d", l.Metric, l.Have, l.Need))
	}
	for _, r := range a.Reasons {
		more = append(more, fmt.Sprintf("%s %d of %d", r.Code, r.ShareBp, r.AmountMinor))
	}
	return line + strings.Join(more, " ")
}

// oracleAlert is foldAlert of what the oracle says.
func oracleAlert(a *oracle.Alert) string {
	line := alertLine(a.Offset, a.Scheme, a.Code, a.State, a.Severity, a.Revision, a.Opened, a.Day)
	risk, m := slices.Contains(risks, a.Code), a.Money
	if a.State != pb.AlertState_OPEN && (!risk || m == nil || !slices.Contains(ended, a.State)) {
		return line
	}
	if a.Code == "LARGE_OUTFLOW" && a.Amount != nil {
		return line + fmt.Sprintf(" %s of %s", a.Amount, a.Assets)
	}
	if !slices.Contains(ofCustomer, a.Code) {
		line += fmt.Sprintf(" from %s to %s", a.From, a.To)
	}
	if risk || a.FallsOn != 0 {
		line += " falls " + date(a.FallsOn)
	}
	if a.Code == "NEAR_UPGRADE" && a.Amount != nil {
		line += fmt.Sprintf(" lacks %s top up %s", a.Amount, orNone(a.TopUp))
	}
	if !risk {
		return line
	}
	actBy := a.ActBy
	if a.State != pb.AlertState_OPEN {
		actBy = 0 // nothing is left to be done
	}
	line += fmt.Sprintf(" act by %s misses %d/%d ", date(actBy), a.Used, a.Allowed)
	var more []string
	if m != nil {
		told := *m
		if !m.Reachable {
			told.TopUp = nil // what does not help is not asked for
		}
		if !m.HasLever {
			told.Shortfall, told.Daily, told.HoldAfter = nil, nil, nil // not what is missing
		}
		line += fmt.Sprintf("lever %t reachable %t threshold %s estimate %s short %s daily %s top up %s hold %s risk %s ", m.HasLever, m.Reachable,
			orNone(m.Threshold), orNone(m.Estimate), orNone(told.Shortfall), orNone(told.Daily), orNone(told.TopUp), orNone(told.HoldAfter), orNone(m.AtRisk))
		for _, w := range m.Wait {
			more = append(more, fmt.Sprintf("%s:%s", date(w.On), w.TopUp))
		}
	}
	for _, l := range a.Missing {
		more = append(more, fmt.Sprintf("%s %d for %d", l.Of, l.Have, l.Need))
	}
	for _, r := range a.Reasons {
		more = append(more, fmt.Sprintf("%s %d of %d", r.Code, r.Share, r.Amount))
	}
	return line + strings.Join(more, " ")
}

// orNone is an amount, 0 where there is none.
func orNone(n *big.Int) *big.Int {
	if n == nil {
		return new(big.Int)
	}
	return n
}

// misnamed lists the events that alerts name as the largest of a reason, and that are
// not. Alerts and reasons that differ otherwise are told by their lines.
func misnamed(got []*pb.Alert, want []oracle.Alert) (list []string) {
	for _, a := range got {
		line := foldAlert(a)
		i := slices.IndexFunc(want, func(w oracle.Alert) bool { return line == oracleAlert(&w) })
		if i < 0 || a.State != pb.AlertState_OPEN || !slices.Contains(risks, a.Code) {
			continue
		}
		for k, r := range a.Reasons {
			o := &want[i].Reasons[k]
			day := r.Day == 0 && len(o.Days) == 0 || slices.Contains(o.Days, r.Day)
			if !day || r.EventId != "" && !slices.Contains(o.Events, r.EventId) {
				list = append(list, fmt.Sprintf("%s at %d names the event %q of %s, the largest are %q", a.Code, a.Log.Offset, r.EventId, date(r.Day), o.Events))
			}
		}
	}
	return list
}
