package metric

import (
	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Kind is a tuple of everything that a policy may filter an entry by.
type Kind struct {
	Type      pb.TxnType
	Account   pb.AccountType
	Direction pb.Direction
	Channel   pb.Channel
	Initiator pb.Initiator
	Party     pb.CounterpartyType
	Internal  bool
}

// KindOf is the tuple of a transaction.
func KindOf(t *pb.Transaction) Kind {
	return Kind{
		Type: t.TxnType, Account: t.AccountType, Direction: t.Direction, Channel: t.Channel,
		Initiator: t.Initiator, Party: t.CounterpartyType, Internal: t.InternalTransfer || t.SameOwner,
	}
}

// Code writes or reads the tuple.
func (k *Kind) Code(x *codec.Coder) {
	codec.Unsigned(x, &k.Type)
	codec.Unsigned(x, &k.Account)
	codec.Unsigned(x, &k.Direction)
	codec.Unsigned(x, &k.Channel)
	codec.Unsigned(x, &k.Initiator)
	codec.Unsigned(x, &k.Party)
	x.Bool(&k.Internal)
}

// packed is the tuple in one number: each enumeration has fewer than 256 values.
func (k *Kind) packed() uint64 {
	n := uint64(uint8(k.Type)) | uint64(uint8(k.Account))<<8 | uint64(uint8(k.Direction))<<16 | uint64(uint8(k.Channel))<<24 |
		uint64(uint8(k.Initiator))<<32 | uint64(uint8(k.Party))<<40
	if k.Internal {
		n |= 1 << 48
	}
	return n
}

// Kinds is a partition's append-only table of tuples. It grows with the variety
// of the data, not with their number.
type Kinds struct {
	list []Kind
	at   map[uint64]uint16
	near [256]nearKind
}

// nearKind is a tuple asked for not long ago, and its place + 1.
type nearKind struct {
	key  uint64
	next uint32
}

// Index is the place of k, made when new; ok is false when 65536 are in use. The
// caller has seen that no enumeration of k is above 255.
func (ks *Kinds) Index(k Kind) (i uint16, ok bool) {
	key := k.packed()
	near := &ks.near[key*0x9e3779b97f4a7c15>>56]
	if near.key == key && near.next != 0 {
		return uint16(near.next - 1), true
	}
	if i, ok = ks.at[key]; ok {
		*near = nearKind{key, uint32(i) + 1}
		return i, true
	}
	if len(ks.list) > 65535 {
		return 0, false
	}
	if ks.at == nil {
		ks.at = map[uint64]uint16{}
	}
	i = uint16(len(ks.list))
	ks.list = append(ks.list, k)
	ks.at[key] = i
	return i, true
}

// At is the tuple at place i, for reading; valid until the next Index.
func (ks *Kinds) At(i uint16) *Kind { return &ks.list[i] }

// Len is the number of tuples.
func (ks *Kinds) Len() int { return len(ks.list) }

// matches is the set of the plan's metrics (bit m: metric m) that take k.
func matches(p *policy.Plan, k *Kind) uint64 {
	t := pb.Transaction{
		TxnType: k.Type, AccountType: k.Account, Direction: k.Direction, Channel: k.Channel,
		Initiator: k.Initiator, CounterpartyType: k.Party, InternalTransfer: k.Internal,
	}
	var set uint64
	for m := range p.Metrics {
		if p.Metrics[m].Filter.Match(&t) {
			set |= 1 << m
		}
	}
	return set
}
