package clickhouse

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestADatabaseOfAnotherEpoch: whatever the fold of the log before has said, and that
// log's ENGINE too, while the fold has said nothing yet.
func TestADatabaseOfAnotherEpoch(t *testing.T) {
	// Of different customers: rows of one key would replace each other.
	at := func(epoch uint32) (who string, log *pb.Position) {
		return fmt.Sprint("c", epoch), &pb.Position{Offset: 7, Epoch: epoch}
	}
	verdict, change, alert, snap := populated(new(pb.Verdict)), populated(new(pb.TierChange)), populated(new(pb.Alert)), standing("", "2025-04-20", 1)
	engine, copied := engine0(), engine0()
	engine.Engine.Term = 3
	for name, of := range map[string]struct {
		topic topics.ID
		say   func(epoch uint32) marshaler
	}{
		"verdicts_raw":           {topics.Verdicts, func(e uint32) marshaler { verdict.CustomerId, verdict.Log = at(e); return verdict }},
		"tier_changes_raw":       {topics.TierChanges, func(e uint32) marshaler { change.CustomerId, change.Log = at(e); return change }},
		"alerts_raw":             {topics.Alerts, func(e uint32) marshaler { alert.AlertId, alert.Log = at(e); return alert }},
		"customer_tiers_raw":     {topics.Snapshots, func(e uint32) marshaler { snap.CustomerId, snap.Log = at(e); return snap }},
		"the ENGINE of the log ": {topics.Events, func(e uint32) marshaler { return map[uint32]*pb.LogRecord{1: engine, 2: copied}[e] }},
	} {
		conn, db := database(t)
		check := func() error { return NewReader(conn, db).CheckEpoch(t.Context(), 2) }
		fill(t, db, of.topic, 0, 10, of.say(2))
		if err := check(); err != nil {
			t.Errorf("%s: rows of the log's own epoch: %v", name, err)
		}
		fill(t, db, of.topic, 0, 20, of.say(1))
		if err := check(); !errors.Is(err, ErrOtherEpoch) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "name another clickhouse.database") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, want := strings.Join(versioned(), " "),
		"alerts_raw alert_history_raw tier_changes_raw customer_tiers_raw verdicts_raw customer_snapshots_raw customer_metrics_raw"; got != want {
		t.Errorf("asked are %s, want %s", got, want)
	}
}
