package fold_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const eventPolicy = `
policy: tape
version: 1
classes:
  deposits: {types: [DEMAND, TIME]}
metrics:
  now: {kind: balance}
schemes:
  point:
    by: now
    assess: @
    tiers:
      - {name: low}
      - {name: mid, from: 1_000, watch_after: 1, down_after: 5}
      - {name: high, from: 5_000, watch_after: 1, down_after: 5}
`

// risk is the last revision of an alert about a fall, by the last record.
func (tp *tape) risk() (last *pb.Alert) {
	for _, s := range tp.said {
		if a, ok := s.msg.(*pb.Alert); ok && a.MissesAllowed > 0 {
			last = a
		}
	}
	return last
}

// TestAnOpenAlertFollowsItsStanding: a miss counted at an event brings the fall
// nearer, and the alert says so at once (rule R94).
func TestAnOpenAlertFollowsItsStanding(t *testing.T) {
	tp := newTape(t, fold.Options{}, replaceAt(eventPolicy, "event"))
	tp.txn("1", first, 6_000)
	tp.close(first)
	tp.txn("2", first+1, -3_000)
	tp.close(first + 1)
	if a := tp.risk(); a == nil || a.Code != "VALUE_DOWNGRADE_PROJECTED" || a.FallsOn != first+5 {
		t.Fatalf("at the CLOSE: %v", a)
	}
	tp.txn("3", first+2, -10)
	if a := tp.risk(); a == nil || a.MissesUsed != 3 || a.FallsOn != first+4 || a.State != pb.AlertState_OPEN {
		t.Errorf("at the event: %v", a)
	}
	tp.txn("4", first+2, 3_010)
	if a := tp.risk(); a == nil || a.State != pb.AlertState_AUTO_RESOLVED {
		t.Errorf("at the deposit: %v", a)
	}
}

func replaceAt(policy, assess string) string {
	i := strings.IndexByte(policy, '@')
	return policy[:i] + assess + policy[i+1:]
}
