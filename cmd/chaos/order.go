package main

import (
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// orders checks that an output topic tells what is said of a customer in the order of
// the log, and the revisions of an alert one after the other: a reader of the topic
// keeps what comes last.
type orders struct {
	last      map[stream]int64    // offset of the log
	revisions map[string]revision // by alert_id
}

// stream is what an output topic says of a customer.
type stream struct {
	topic    topics.ID
	customer string
}

// revision is the last one of an alert.
type revision struct {
	n     uint32
	state pb.AlertState
}

func newOrders() *orders {
	return &orders{last: map[stream]int64{}, revisions: map[string]revision{}}
}

// output takes in the next record of a topic and tells what is wrong with its place, "" if
// nothing.
func (s *orders) output(o *origin) string {
	at := stream{o.topic, o.customer}
	if before, ok := s.last[at]; ok && o.offset < before {
		return fmt.Sprintf("topic %s tells of customer %s what log %d:%d caused behind what %d did", o.topic, o.customer, o.partition, o.offset, before)
	}
	s.last[at] = o.offset
	return ""
}

// alert takes in the next revision of an alert: the first is 1, each is one more than the
// one before, and what is closed stays so.
func (s *orders) alert(a *pb.Alert) string {
	before := s.revisions[a.AlertId]
	s.revisions[a.AlertId] = revision{a.Revision, a.State}
	switch {
	case a.Revision != before.n+1:
		return fmt.Sprintf("alert %s of customer %s: revision %d follows %d", a.AlertId, a.Customer.GetId(), a.Revision, before.n)
	case before.n > 0 && before.state != pb.AlertState_OPEN:
		return fmt.Sprintf("alert %s of customer %s: revision %d follows its end", a.AlertId, a.Customer.GetId(), a.Revision)
	}
	return ""
}
