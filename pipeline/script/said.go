package script

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// said is what the fold has said so far, in order.
type said struct {
	// alerts holds the newest revision of each case, in the order of opening.
	alerts    []*pb.Alert
	changes   []*pb.TierChange
	snapshots []*pb.Snapshot
	verdicts  []*pb.Verdict
	dead      []*pb.DeadLetter
}

type unmarshaler interface{ UnmarshalVT(b []byte) error }

func (s *said) take(list []fold.Output) error {
	for _, o := range list {
		var err error
		read := func(m unmarshaler) { err = m.UnmarshalVT(o.Value) }
		switch o.Kind {
		case fold.KindAlert:
			a := &pb.Alert{}
			read(a)
			s.alert(a)
		case fold.KindTierChange:
			c := &pb.TierChange{}
			read(c)
			s.changes = append(s.changes, c)
		case fold.KindSnapshot:
			x := &pb.Snapshot{}
			read(x)
			err = errors.Join(err, x.EachDay(func(day *pb.Snapshot) error {
				s.snapshots = append(s.snapshots, day.CloneVT())
				return nil
			}))
		case fold.KindVerdict:
			v := &pb.Verdict{}
			read(v)
			s.verdicts = append(s.verdicts, v)
		case fold.KindDeadLetter:
			d := &pb.DeadLetter{}
			read(d)
			s.dead = append(s.dead, d)
		}
		if err != nil {
			return fmt.Errorf("decode an output of the fold: %w", err)
		}
	}
	return nil
}

func (s *said) alert(a *pb.Alert) {
	for i, known := range s.alerts {
		if known.AlertId == a.AlertId {
			s.alerts[i] = a
			return
		}
	}
	s.alerts = append(s.alerts, a)
}

// snapshot is the newest snapshot of a day (YYYY-MM-DD), or of any; nil: none.
func (s *said) snapshot(customer, on string) *pb.Snapshot {
	for _, x := range slices.Backward(s.snapshots) {
		if x.CustomerId == customer && (on == "" || day.String(x.Day) == on) {
			return x
		}
	}
	return nil
}
