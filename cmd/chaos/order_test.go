package main

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// What is said of a customer in a topic is in the order of the log; topics and customers
// have no order between them.
func TestOrderOfOutputs(t *testing.T) {
	s := newOrders()
	for _, c := range []struct {
		topic    topics.ID
		customer string
		offset   int64
		wrong    bool
	}{
		{topics.Alerts, "A", 5, false},
		{topics.Alerts, "A", 5, false},
		{topics.Alerts, "B", 4, false},
		{topics.Verdicts, "A", 3, false},
		{topics.Alerts, "A", 4, true},
	} {
		if got := s.output(&origin{topic: c.topic, customer: c.customer, offset: c.offset}); (got != "") != c.wrong {
			t.Errorf("%s of %s at %d: %q, wrong %t", c.topic, c.customer, c.offset, got, c.wrong)
		}
	}
}

// Revisions of an alert begin with 1 and follow each other, and nothing follows its end.
func TestOrderOfRevisions(t *testing.T) {
	said := func(id string, n uint32, state pb.AlertState) *pb.Alert {
		return &pb.Alert{AlertId: id, Revision: n, State: state}
	}
	for _, c := range []struct {
		name  string
		list  []*pb.Alert
		wrong int
	}{
		{"two alerts", []*pb.Alert{
			said("a", 1, pb.AlertState_OPEN), said("b", 1, pb.AlertState_OPEN), said("a", 2, pb.AlertState_OPEN), said("a", 3, pb.AlertState_EXPIRED),
		}, 0},
		{"the first is missing", []*pb.Alert{said("a", 2, pb.AlertState_OPEN)}, 1},
		{"one is missing", []*pb.Alert{said("a", 1, pb.AlertState_OPEN), said("a", 3, pb.AlertState_EXPIRED)}, 1},
		{"one comes behind the end", []*pb.Alert{said("a", 1, pb.AlertState_AUTO_RESOLVED), said("a", 2, pb.AlertState_OPEN)}, 1},
		{"the end comes first", []*pb.Alert{said("a", 2, pb.AlertState_AUTO_RESOLVED), said("a", 1, pb.AlertState_OPEN)}, 2},
	} {
		s, n := newOrders(), 0
		for _, a := range c.list {
			if s.alert(a) != "" {
				n++
			}
		}
		if n != c.wrong {
			t.Errorf("%s: %d wrong, want %d", c.name, n, c.wrong)
		}
	}
}
