package demo

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// After a resume the alerts of the run before are shown while they are open, in
// the order of their time, and none of them is counted or told again.
func TestAlertsOfTheRunBeforeAreRecalled(t *testing.T) {
	w := emptyWatch(topics.DefaultNamespace)
	w.before = map[int32]int64{0: 10, 1: 10}
	var told []string
	w.onAlert = func(a *pb.Alert) { told = append(told, a.AlertId) }
	take := func(partition int32, offset int64, a *pb.Alert) {
		t.Helper()
		value, err := a.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		if err := w.take(&kgo.Record{Topic: w.ns.Topic(topics.Alerts), Partition: partition, Offset: offset, Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	open := func(id string, asOf int64, state pb.AlertState, mode pb.Mode) *pb.Alert {
		return &pb.Alert{AlertId: id, AsOf: asOf, State: state, Mode: mode, Severity: pb.Severity_WARNING}
	}
	take(0, 1, open("a", 10, pb.AlertState_OPEN, pb.Mode_LIVE))
	take(0, 2, open("c", 30, pb.AlertState_OPEN, pb.Mode_LIVE))
	take(0, 3, open("gone", 31, pb.AlertState_OPEN, pb.Mode_LIVE))
	take(0, 4, open("gone", 32, pb.AlertState_AUTO_RESOLVED, pb.Mode_LIVE))
	take(1, 5, open("b", 20, pb.AlertState_OPEN, pb.Mode_LIVE))
	take(1, 6, open("history", 40, pb.AlertState_OPEN, pb.Mode_BACKFILL))
	take(1, 10, open("new", 50, pb.AlertState_OPEN, pb.Mode_LIVE))
	take(1, 11, open("a", 51, pb.AlertState_OPEN, pb.Mode_LIVE)) // a later revision
	take(1, 12, open("b", 52, pb.AlertState_EXPIRED, pb.Mode_LIVE))
	s := w.seen()
	var ids []string
	for _, a := range s.alerts {
		ids = append(ids, a.AlertId)
		if a.AlertId == "a" && a.AsOf != 51 {
			t.Errorf("a is shown as of %d, want its later revision, as of 51", a.AsOf)
		}
	}
	if want := []string{"c", "new", "a"}; !slices.Equal(ids, want) {
		t.Errorf("shown %v, want %v", ids, want)
	}
	if n := s.opened[pb.Severity_WARNING]; n != 1 || !slices.Equal(told, []string{"new"}) {
		t.Errorf("%d counted, told %v; want the new one only", n, told)
	}
}
