package worker

import "github.com/tierwatch/tierwatch/pipeline/fold"

// Fold is the pure state of one partition. The worker calls it from the one
// goroutine that owns the partition and applies the records of the log in
// order, each once.
type Fold interface {
	// Apply folds the record at offset and appends what it says to out. An
	// error, or a panic, is a poison record: the partition stops before it.
	Apply(offset int64, value []byte, out *fold.Outputs) error
	// Warm reads ahead what folding these records, at most fold.WarmMost, will
	// read. It changes nothing.
	Warm(values [][]byte)
	// Drain visits up to n more customers of the drain in progress; done says
	// that none is left.
	Drain(n int, out *fold.Outputs) (done bool)
	// Draining says whether a control record is being drained.
	Draining() bool
	// HoldsTicks says whether a TICK, too, must wait until the drain is over, HoldsAll
	// whether every record must.
	HoldsTicks() bool
	HoldsAll() bool
	// DrainThrough visits every customer that had been visited where the cursor was taken.
	DrainThrough(to fold.Cursor, out *fold.Outputs)
	// Visiting says, behind a panic, whether it came of a visit of a drain.
	Visiting() bool
	// Cursor is the place in the drain, part of the committed position.
	Cursor() fold.Cursor
	// Clock is what the partition knows of time, for metrics.
	Clock() fold.Clock
}

// Census is what a Fold may offer beside the fold itself: counts for metrics.
// The worker calls it from the partition's goroutine, every half minute.
type Census interface {
	Stats() fold.Stats
	OpenAlerts() map[string]int64
	Tiers() []fold.TierCount
}

var (
	_ Fold   = (*fold.Partition)(nil)
	_ Census = (*fold.Partition)(nil)
)
