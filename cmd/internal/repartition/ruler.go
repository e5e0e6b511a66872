package repartition

import (
	"math"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// ruler is the fold of a partition without customers: it tells which control records
// have an effect, as the fold decides it.
type ruler struct {
	fold   *fold.Partition
	out    fold.Outputs
	mode   pb.Mode
	offset int64
}

func newRuler() *ruler { return &ruler{fold: fold.New(fold.Options{})} }

// takes lets the fold have a control record, and says whether it did more than count
// it: a TICK or a CLOSE that is not later than the last, a policy that is not newer,
// rates that are fixed, a term that changes no mode have no effect. A record that
// cannot be folded counts as one with effect: the fold of the new log stops before it
// as that of the old one does.
func (r *ruler) takes(rec *pb.LogRecord, value []byte) bool {
	before := r.fold.Stats()
	err := r.fold.Apply(r.offset, value, &r.out)
	r.fold.Drain(math.MaxInt, &r.out) // nobody is there to be visited
	r.fold.Lighten()
	r.out.Reset()
	r.offset++
	after := r.fold.Stats()
	switch {
	case err != nil:
		return true
	case rec.Term != nil:
		was := r.mode
		r.mode = rec.Term.Mode
		return was != r.mode
	case rec.Handover != nil:
		r.mode = pb.Mode_LIVE
	case rec.Rates != nil:
		return after.RefusedRates-before.RefusedRates < int64(len(rec.Rates.Rates))
	}
	return after.Ignored == before.Ignored
}

// unsigned takes the writer's term out of a control record; see doc.go.
func unsigned(m *pb.LogRecord) *pb.LogRecord {
	r := m.CloneVT()
	switch {
	case r.Tick != nil:
		r.Tick.Term = 0
	case r.Close != nil:
		r.Close.Term = 0
	case r.Handover != nil:
		r.Handover.Term = 0
	case r.Rates != nil:
		r.Rates.Term = 0
	case r.Policy != nil:
		r.Policy.Term = 0
	case r.CutOffs != nil:
		r.CutOffs.Term = 0
	case r.Engine != nil:
		r.Engine.Term = 0
	case r.Term != nil:
		r.Term.Term = 0
	}
	return r
}
