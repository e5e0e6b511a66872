package audit

import (
	"context"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// From is the snapshot that an audit began at.
type From struct {
	Dir string `json:"dir"`
	// Day is the business day behind whose CLOSE it is, Next the offset by partition from
	// which the log was folded and outputs were compared.
	Day  string  `json:"day"`
	Next []int64 `json:"next_offsets"`
}

func fromOf(s *snapshot.Snapshot) *From {
	f := &From{Dir: s.Dir, Day: s.Manifest.Day}
	for _, p := range s.Partitions {
		f.Next = append(f.Next, p.Next)
	}
	return f
}

// begins tells whether the log can be folded, and counts its records.
func (a *auditor) begins(ctx context.Context) error {
	if s := a.o.From; s != nil {
		if err := s.Fits(ctx, a.d, a.bounds); err != nil {
			return err
		}
	}
	for id, b := range a.bounds {
		if a.o.From == nil {
			if err := snapshot.Whole(a.d, int32(id), b); err != nil {
				return err
			}
		}
		a.total += b.End - a.from(int32(id))
	}
	return nil
}

// from is the offset from which the log of a partition is folded.
func (a *auditor) from(id int32) int64 {
	if a.o.From == nil {
		return 0
	}
	return a.o.From.Next(id)
}

// ends are the ends of the log's partitions.
func (a *auditor) ends() []int64 {
	list := make([]int64, len(a.bounds))
	for id, b := range a.bounds {
		list[id] = b.End
	}
	return list
}

// begin is the fold of a partition before the first record that is audited.
func (a *auditor) begin(id int32) (*fold.Partition, error) {
	o := fold.Options{Partition: id, RawMax: a.d.Config.Fold.RawMax}
	if a.o.From == nil {
		return fold.New(o), nil
	}
	return a.o.From.Partition(o)
}
