package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// books count the transactions of a partition (semantics 2).
type books struct {
	positions int64
	ids       []uint64            // of every transaction, by customer and event id
	held      map[uint64]struct{} // transactions that the fold took in
	rec       pb.LogRecord
}

func (b *books) start() { b.held = map[uint64]struct{}{} }

// note takes in a record of the log with what the fold said of it. A further
// record of a transaction that was taken in must have a verdict of its own.
func (b *books) note(r *kgo.Record, said []fold.Output, wrong func(string)) error {
	if !isTransaction(r.Value) {
		return nil
	}
	b.rec = pb.LogRecord{}
	if err := b.rec.UnmarshalVTUnsafe(r.Value); err != nil {
		return fmt.Errorf("decode log record at offset %d: %w", r.Offset, err)
	}
	t := b.rec.Transaction
	b.positions++
	h := xxhash.New()
	for _, s := range []string{t.CustomerId, t.Source, t.TxnId} {
		_, _ = h.WriteString(s) // never fails
		_, _ = h.Write([]byte{0})
	}
	txn := h.Sum64()
	_, _ = fmt.Fprintf(h, "%d", max(t.Version, 1))
	b.ids = append(b.ids, h.Sum64())
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

func isTransaction(value []byte) bool {
	const transaction = 1<<3 | 2 // tag of LogRecord.transaction
	return len(value) > 0 && value[0] == transaction
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

func (p *partition) compareBooks(ctx context.Context) error {
	slices.Sort(p.books.ids)
	ids := int64(len(slices.Compact(p.books.ids)))
	p.a.report.Transactions += p.books.positions
	p.a.report.IDs += ids
	have, err := p.a.rows.PartitionEvents(ctx, uint16(p.id), uint64(p.from), uint64(p.end))
	if err != nil {
		return err
	}
	if int64(have.Positions) != p.books.positions || int64(have.IDs) != ids {
		p.a.found.add(Difference{Where: "table events_raw", Partition: p.id, Offset: -1, What: fmt.Sprintf(
			"%d positions and %d ids, but the log has %d and %d", have.Positions, have.IDs, p.books.positions, ids)})
	}
	return nil
}
