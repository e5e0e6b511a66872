package worker

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// Fold is the pure state of one partition. The worker calls it from the one
// goroutine that owns the partition and applies the records of the log in
// order, each once.
type Fold interface {
	// Apply folds the record at offset and appends what it says to out. An
	// error, or a panic, is a poison record: the partition stops before it.
	Apply(offset int64, value []byte, out *Outputs) error
	// Drain visits up to n more customers of the drain in progress; done says
	// that none is left.
	Drain(n int, out *Outputs) (done bool)
	// Draining says whether a control record is being drained.
	Draining() bool
	// DrainThrough visits every customer of the drain up to and including
	// (hash, customer).
	DrainThrough(hash uint64, customer string, out *Outputs)
	// Cursor is the place in the drain, part of the committed position.
	Cursor() Cursor
	// Clock is what the partition knows of time, for metrics.
	Clock() Clock
}

// Census is what a Fold may offer beside the fold itself: counts for metrics.
// The worker calls it from the partition's goroutine, every half minute.
type Census interface {
	Stats() Stats
	OpenAlerts() map[string]int64
	Tiers() []TierCount
}

// Kind says which topic an Output belongs to.
type Kind uint8

// The kinds of Outputs.
const (
	KindAlert Kind = iota + 1
	KindTierChange
	KindSnapshot
	KindVerdict
	KindDeadLetter
)

// Output is one message of the fold. Value stays valid until its Outputs are
// reset.
type Output struct {
	Kind     Kind
	Customer string
	Value    []byte
	// Offset of the record that caused it, and the place among its outputs.
	Offset int64
	Sub    uint8
}

// Outputs collects messages in the order the fold made them.
type Outputs struct{ List []Output }

// Reset forgets the messages and keeps the memory.
func (o *Outputs) Reset() { o.List = o.List[:0] }

// Cursor is the place in the drain of a control record.
type Cursor struct {
	Draining      bool
	ControlOffset int64
	LastHash      uint64
	LastCustomer  string
}

// Clock is what a partition knows of time.
type Clock struct {
	TickAt    int64
	TickDay   int32
	LastClose int32
	Cut       int64
	Term      int64
	Mode      pb.Mode
}

// Stats are counts of a partition.
type Stats struct {
	Customers  int64
	StateBytes int64
}

// TierCount is the number of customers in a tier.
type TierCount struct {
	Scheme, Tier string
	Customers    int64
}
