package fold

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// ErrPoison is what Apply returns for a record that cannot be decoded or that
// this program is too old for: the partition must stop there.
var ErrPoison = errors.New("log record cannot be folded")

// records are reused between calls: the hot path allocates nothing.
type records struct {
	txn    pb.Transaction
	origin pb.Origin
}

// reset makes the memory ready for the next record. The origin is read by nobody
// here: it has its memory so that decoding it makes no new one each time.
func (r *records) reset() {
	r.origin = pb.Origin{}
	r.txn = pb.Transaction{Origin: &r.origin}
}

// Field numbers of pb.LogRecord: the frequent one, and the last of those that are of a
// customer; control records come behind.
const (
	fieldTransaction = 1
	fieldOverride    = 10
)

// Apply folds the record at offset. Outputs are added to out. value must stay
// unchanged during the call only. An error means that the partition must stop.
func (p *Partition) Apply(offset int64, value []byte, out *Outputs) error {
	p.out = out
	p.finishEarlier()
	p.offset, p.value = offset, value
	p.subs = [len(p.subs)]uint8{}
	num, typ, n := protowire.ConsumeTag(value)
	if n < 0 || typ != protowire.BytesType {
		return fmt.Errorf("read kind of record at offset %d: %w", offset, ErrPoison)
	}
	body, m := protowire.ConsumeBytes(value[n:])
	if m < 0 || n+m != len(value) {
		return fmt.Errorf("read body of record at offset %d: %w", offset, ErrPoison)
	}
	if num == fieldTransaction {
		p.rec.reset()
		if err := p.rec.txn.UnmarshalVTUnsafe(body); err != nil {
			return fmt.Errorf("decode transaction at offset %d: %w: %w", offset, ErrPoison, err)
		}
		p.transaction(&p.rec.txn)
		return nil
	}
	var rec pb.LogRecord
	if err := rec.UnmarshalVT(value); err != nil {
		return fmt.Errorf("decode record at offset %d: %w: %w", offset, ErrPoison, err)
	}
	if num <= fieldOverride {
		p.side(&rec)
		return nil
	}
	return p.control(&rec)
}

func (p *Partition) side(r *pb.LogRecord) {
	if slot, known := p.store.Find(customerIn(r)); known && p.applied(slot, p.offset) {
		return
	}
	switch {
	case r.Profile != nil:
		p.profileRecord(r.Profile)
	case r.Lifecycle != nil:
		p.lifecycle(r.Lifecycle)
	case r.Rm != nil:
		p.rmRecord(r.Rm)
	case r.Credit != nil:
		p.credit(r.Credit)
	case r.Complaint != nil:
		p.complaint(r.Complaint)
	case r.Balance != nil:
		p.balance(r.Balance)
	case r.Seed != nil:
		p.seed(r.Seed)
	case r.Override != nil:
		p.override(r.Override)
	}
	// RmAction: kept in the log; its machine is not part of this engine version.
}

// customerIn is the customer of a side record.
func customerIn(r *pb.LogRecord) string {
	switch {
	case r.Profile != nil:
		return r.Profile.CustomerId
	case r.Lifecycle != nil:
		return r.Lifecycle.CustomerId
	case r.Rm != nil:
		return r.Rm.CustomerId
	case r.Credit != nil:
		return r.Credit.CustomerId
	case r.Complaint != nil:
		return r.Complaint.CustomerId
	case r.Balance != nil:
		return r.Balance.CustomerId
	case r.Seed != nil:
		return r.Seed.CustomerId
	case r.Override != nil:
		return r.Override.CustomerId
	}
	return ""
}
