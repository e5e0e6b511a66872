package control

import (
	"slices"
	"sync"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// RateBoard holds the rates that operators published, for the base amounts that
// ingest puts into events (event.Rates). It is safe for concurrent use.
type RateBoard struct {
	mu    sync.RWMutex
	units map[string][]dayRate // ascending by day
}

type dayRate struct {
	day int32
	e12 int64
}

// NewRateBoard makes an empty board.
func NewRateBoard() *RateBoard { return &RateBoard{units: map[string][]dayRate{}} }

// Note takes rates of a day in; a later rate of the same unit and day replaces
// the earlier.
func (b *RateBoard) Note(r *pb.Rates) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, x := range r.Rates {
		list := b.units[x.Unit]
		i, found := slices.BinarySearchFunc(list, r.Day, func(have dayRate, day int32) int { return int(have.day) - int(day) })
		if found {
			list[i].e12 = x.RateE12
			continue
		}
		b.units[x.Unit] = slices.Insert(list, i, dayRate{r.Day, x.RateE12})
	}
}

// Rate is the last rate known of the unit on or before the day: base minor
// units per smallest unit, times 10^12.
func (b *RateBoard) Rate(unit string, day int32) (e12 int64, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	list := b.units[unit]
	i, found := slices.BinarySearchFunc(list, day, func(have dayRate, day int32) int { return int(have.day) - int(day) })
	switch {
	case found:
		return list[i].e12, true
	case i == 0:
		return 0, false
	}
	return list[i-1].e12, true
}
