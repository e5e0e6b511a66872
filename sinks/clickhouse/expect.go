package clickhouse

import (
	"errors"
	"fmt"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Expected is an entry that a view must hold, unless one of the same customer and
// key with a greater Version takes its place.
type Expected struct {
	View View
	Entry
	Version [2]uint64
}

// Expect returns what the views must hold because of one output record of the
// fold: an audit folds the log anew, keeps of each view, customer and key the
// greatest Version, and compares with Reader.PartitionEntries.
func Expect(id topics.ID, value []byte) ([]Expected, error) {
	list, err := expected(id, value)
	if err != nil {
		return nil, fmt.Errorf("expect rows of topic %s: %w", id, err)
	}
	return list, nil
}

func expected(id topics.ID, value []byte) ([]Expected, error) {
	switch id {
	case topics.Alerts:
		a := new(pb.Alert)
		if err := a.UnmarshalVT(value); err != nil {
			return nil, fmt.Errorf("decode alert: %w", err)
		}
		history := fmt.Sprintf("%s/%010d", a.AlertId, a.Revision)
		return entries(a.Log, value, a.Customer.GetId(), viewKey{Alerts, a.AlertId}, viewKey{AlertHistory, history})
	case topics.TierChanges:
		c := new(pb.TierChange)
		if err := c.UnmarshalVT(value); err != nil {
			return nil, fmt.Errorf("decode tier change: %w", err)
		}
		kind := ""
		if n := known(c.Kind, pb.ChangeKind_name); n != 0 {
			kind = pb.ChangeKind_name[int32(n)]
		}
		return entries(c.Log, value, c.CustomerId, viewKey{
			TierChanges,
			fmt.Sprintf("%s/%013d/%03d/%s/%s", c.Scheme, c.Log.GetOffset(), c.Log.GetSubIndex(), kind, dayText(c.EffectiveDay)),
		})
	case topics.Snapshots:
		s := new(pb.Snapshot)
		if err := s.UnmarshalVT(value); err != nil {
			return nil, fmt.Errorf("decode snapshot: %w", err)
		}
		return expectedDays(s, value)
	case topics.Verdicts:
		v := new(pb.Verdict)
		if err := v.UnmarshalVT(value); err != nil {
			return nil, fmt.Errorf("decode verdict: %w", err)
		}
		kind := verdictText(v.Kind)
		return entries(v.Log, value, v.CustomerId, viewKey{
			Verdicts,
			fmt.Sprintf("%013d/%03d/%s/%s/%s", v.Log.GetOffset(), v.Log.GetSubIndex(), kind, v.EventId, v.AccountId),
		})
	default:
		return nil, errors.New("it holds no outputs of the fold")
	}
}

// expectedDays are the rows of a snapshot's days.
func expectedDays(s *pb.Snapshot, value []byte) (all []Expected, err error) {
	err = s.EachDay(func(s *pb.Snapshot) error {
		list := []viewKey{{Metrics, dayText(s.Day)}}
		for _, scheme := range s.Schemes {
			list = append(list, viewKey{Snapshots, scheme.Scheme + "/" + dayText(s.Day)}, viewKey{CustomerTiers, scheme.Scheme})
		}
		out, err := entries(s.Log, value, s.CustomerId, list...)
		for i := range out {
			if out[i].View == CustomerTiers {
				out[i].Version[0], out[i].Day = uint64(s.Day), uint32(s.Day)
			}
		}
		all = append(all, out...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	return all, nil
}

type viewKey struct {
	view View
	key  string
}

func entries(log *pb.Position, value []byte, customer string, list ...viewKey) ([]Expected, error) {
	s, err := stampOf(log, value)
	if err != nil {
		return nil, err
	}
	out := make([]Expected, len(list))
	for i, k := range list {
		out[i] = Expected{
			View:    k.view,
			Entry:   Entry{Customer: customer, Key: k.key, Partition: s.partition, Offset: s.offset, Hash: s.hash},
			Version: [2]uint64{0, s.version},
		}
	}
	return out, nil
}

func dayText(day int32) string {
	return dateOf(min(max(day, firstDate), lastDate)).Format(time.DateOnly)
}
