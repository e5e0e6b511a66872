package tier

import "math"

// Result is a decided period, with the state before it, so that a correction can
// run the machine again from there.
type Result struct {
	Before State
	// Value is the scheme's value, base minor units (ADB: the average, half to even).
	Value      int64
	Start, End int32
	// Decided is the day of the deciding CLOSE.
	Decided int32
	// Version of the policy by whose rules it was decided; tiers are theirs.
	Version        uint16
	Reached, Point uint8
	Covered        bool
}

// Assessed is what the machine was given.
func (r *Result) Assessed() Assessed {
	return Assessed{Start: r.Start, End: r.End, Decided: r.Decided, Reached: r.Reached, Point: r.Point, Covered: r.Covered}
}

// Kept is a Result as a scheme keeps it: half a line of the processor's cache.
// Days have 16 bits, as in the ledger: no log names a later one. Only a guarantee
// or protection may reach beyond; it is then as good as one to the last day there
// is.
type Kept struct {
	Value                    int64
	start, end, decided      uint16
	since                    uint16
	guarantee, protect, hold uint16
	version                  uint16
	tier, misses, best       uint8
	reached, point, bits     uint8
}

const (
	keptStanding = 1<<2 - 1
	keptWatch    = 1 << 2
	keptProposed = 1 << 3
	keptCovered  = 1 << 4
)

func day16(d int32) uint16 { return uint16(min(max(d, 0), math.MaxUint16)) }

// Keep packs the result.
func (r *Result) Keep() Kept {
	b := &r.Before
	k := Kept{
		Value: r.Value, start: day16(r.Start), end: day16(r.End), decided: day16(r.Decided), since: day16(b.Since),
		guarantee: day16(b.GuaranteeUntil), protect: day16(b.ProtectUntil), hold: day16(b.HoldUntil), version: r.Version,
		tier: b.Tier, misses: b.Misses, best: b.Best, reached: r.Reached, point: r.Point, bits: uint8(b.Standing),
	}
	if b.Watch {
		k.bits |= keptWatch
	}
	if b.Proposed {
		k.bits |= keptProposed
	}
	if r.Covered {
		k.bits |= keptCovered
	}
	return k
}

// Start is the period's first day.
func (k *Kept) Start() int32 { return int32(k.start) }

// End is the period's last day.
func (k *Kept) End() int32 { return int32(k.end) }

// Decided is the day of the deciding CLOSE.
func (k *Kept) Decided() int32 { return int32(k.decided) }

// Version is that of the policy by whose rules it was decided.
func (k *Kept) Version() uint16 { return k.version }

// Before is the state before the period was decided.
func (k *Kept) Before() State {
	return State{
		Since: int32(k.since), GuaranteeUntil: int32(k.guarantee), ProtectUntil: int32(k.protect), HoldUntil: int32(k.hold),
		Standing: Standing(k.bits & keptStanding), Tier: k.tier, Misses: k.misses, Best: k.best,
		Watch: k.bits&keptWatch != 0, Proposed: k.bits&keptProposed != 0,
	}
}

// Result unpacks.
func (k *Kept) Result() Result {
	return Result{
		Before: k.Before(), Value: k.Value, Start: k.Start(), End: k.End(), Decided: k.Decided(), Version: k.version,
		Reached: k.reached, Point: k.point, Covered: k.bits&keptCovered != 0,
	}
}
