package fold

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// contentHash covers what duplicates share (rule R6), status apart. account is the hash
// of the account's id.
func contentHash(t *pb.Transaction, account uint64) uint32 {
	if t.BaseDerived {
		return contentWith(t, account, derivedBase)
	}
	return contentWith(t, account, t.BaseAmountMinor)
}

// derivedBase stands in a content for a base amount that is ingest's: the same event
// read again may bring another one (rule R152). No base amount is negative.
const derivedBase = -1

// sameContent tells whether t has the content of entry e. Where ingest worked out the
// base amount of either, that is none of it (rule R152).
func (p *Partition) sameContent(c *ledger.Customer, e *ledger.Entry, t *incoming) bool {
	switch {
	case t.content == e.Content:
		return true
	case t.BaseDerived:
		return contentWith(t.Transaction, t.accountHash, p.baseOf(c, e)) == e.Content
	}
	return contentWith(t.Transaction, t.accountHash, derivedBase) == e.Content
}

// restated keeps of a step whose base amount is ingest's that it is: what the bank told
// before may be lost with the step.
func restated(e *ledger.Entry, t *incoming) {
	if t.BaseDerived {
		e.Content = t.content
	}
}

// baseOf is the base amount that entry e came with; that of one undone is lost.
func (p *Partition) baseOf(c *ledger.Customer, e *ledger.Entry) int64 {
	if x := p.store.Extra(c, e); x != nil && !e.Plain() {
		return e.Amount + x.Reversed
	}
	return e.Amount
}

func contentWith(t *pb.Transaction, account uint64, base int64) uint32 {
	h := mixed(account, textHash(t.Currency))
	h = mixed(mixed(h, textHash(t.Unit)), textHash(t.ReversalOf))
	h = mixed(h, uint64(byte(t.AccountType))|uint64(byte(t.TxnType))<<8|uint64(byte(t.Direction))<<16|uint64(byte(t.Initiator))<<24|
		uint64(byte(t.Channel))<<32|uint64(byte(t.CounterpartyType))<<40|uint64(byte(t.ReversalKind))<<48|
		uint64(flag(t.InternalTransfer)|flag(t.SameOwner)<<1|flag(t.BalanceKnown)<<2)<<56)
	h = mixed(h, uint64(uint32(t.BusinessDay))|uint64(uint32(t.ValueDay))<<32)
	for _, v := range [...]int64{t.AmountMinor, t.Quantity, base, t.BalanceAfter, t.EventTime} {
		h = mixed(h, uint64(v))
	}
	return uint32(h ^ h>>32)
}

// textHash is the hash of a text that is mostly empty.
func textHash(s string) uint64 {
	if s == "" {
		return emptyHash
	}
	return xxhash.Sum64String(s)
}

var emptyHash = xxhash.Sum64String("")

// mixed folds another number into a hash: both halves of a product, so that every bit
// of either reaches every bit of the result (the step of wyhash).
func mixed(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^0x9e3779b97f4a7c15, v^0xd1342543de82ef95)
	return hi ^ lo ^ h
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
