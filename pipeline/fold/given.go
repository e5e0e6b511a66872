package fold

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Given lists, in the order of the log, the control records that a partition made by
// DoneKnown or DoneToCopy rests on: ENGINE, policies, and rates without those that were
// refused.
func (p *Partition) Given() ([]*pb.LogRecord, error) {
	list := make([]*pb.LogRecord, 0, len(p.given))
	for _, t := range p.given {
		r := new(pb.LogRecord)
		if err := r.UnmarshalVT(t.value); err != nil {
			return nil, fmt.Errorf("control record of offset %d: %w: %w", t.offset, codec.ErrDamaged, err)
		}
		list = append(list, r)
	}
	return list, nil
}
