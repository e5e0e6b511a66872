package audit

import (
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// books count the transactions of a partition (semantics 2).
type books struct {
	positions int64
	held      map[uint64]struct{} // transactions that the fold took in
}

func (b *books) start() { b.held = map[uint64]struct{}{} }

// note takes in a record of the log with what the fold said of it. A further
// record of a transaction that was taken in must have a verdict of its own.
func (b *books) note(rec *pb.LogRecord, said []fold.Output, wrong func(string)) error {
	t := rec.Transaction
	if t == nil {
		return nil
	}
	b.positions++
	h := xxhash.New()
	for _, s := range []string{t.CustomerId, t.Source, t.TxnId} {
		_, _ = h.WriteString(s) // never fails
		_, _ = h.Write([]byte{0})
	}
	txn := h.Sum64()
	told, out, err := toldOf(said)
	if err != nil {
		return err
	}
	if _, again := b.held[txn]; again {
		// Of a source that promises unique ids the fold may hold no entry to
		// compare with any more.
		if !told && !t.Unique {
			wrong("a further record of an event id has no verdict")
		}
		return nil
	}
	if !out {
		b.held[txn] = struct{}{}
	}
	return nil
}

// toldOf says whether a verdict explains what became of the record beside being
// applied, and whether the record was kept out.
func toldOf(said []fold.Output) (told, out bool, err error) {
	for i := range said {
		if said[i].Kind != fold.KindVerdict {
			continue
		}
		var v pb.Verdict
		if err := v.UnmarshalVT(said[i].Value); err != nil {
			return false, false, fmt.Errorf("decode verdict: %w", err)
		}
		switch v.Kind { //nolint:exhaustive // the others go with a record that is applied
		case pb.VerdictKind_VERDICT_REJECTED, pb.VerdictKind_VERDICT_PARKED, pb.VerdictKind_VERDICT_CONFLICT, pb.VerdictKind_VERDICT_DUPLICATE:
			told, out = true, true
		case pb.VerdictKind_VERDICT_SUPERSEDED, pb.VerdictKind_VERDICT_REVERSED:
			told = true
		}
	}
	return told, out, nil
}
