package main

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/oracle"
	"github.com/tierwatch/tierwatch/pipeline/oracle/match"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// words are what was said of a customer, as lines to compare: each begins with the
// offset of the log record that caused it.
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
		w.alerts = append(w.alerts, match.Alert(a))
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
		w.alerts = append(w.alerts, match.OracleAlert(&o.Alerts[i]))
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
