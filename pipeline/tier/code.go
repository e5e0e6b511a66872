package tier

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// Code writes or reads the state.
func (st *State) Code(x *codec.Coder) {
	codec.Signed(x, &st.Since)
	codec.Unsigned(x, &st.GuaranteeUntil)
	codec.Unsigned(x, &st.ProtectUntil)
	codec.Unsigned(x, &st.HoldUntil)
	codec.Unsigned(x, &st.Standing)
	codec.Unsigned(x, &st.Tier)
	codec.Unsigned(x, &st.Misses)
	codec.Unsigned(x, &st.Best)
	x.Bool(&st.Watch)
	x.Bool(&st.Proposed)
	if st.Standing > Exited {
		x.Fail(fmt.Errorf("standing %d: %w", st.Standing, codec.ErrDamaged))
	}
}

// Code writes or reads the result that follows another, the zero one if there is
// none.
func (k *Kept) Code(before *Kept, x *codec.Coder) {
	codec.Signed(x, &k.Value)
	if x.Format == 1 {
		k.codeFirst(x)
		return
	}
	codec.Step(x, &k.start, before.end)
	codec.Step(x, &k.end, k.start)
	codec.Step(x, &k.decided, k.end)
	codec.Step(x, &k.since, before.since)
	codec.Unsigned(x, &k.version)
	// Few have a last day, and most of what is small is zero.
	last := uint64(k.guarantee) | uint64(k.protect)<<16 | uint64(k.hold)<<32
	codec.Unsigned(x, &last)
	k.guarantee, k.protect, k.hold = uint16(last), uint16(last>>16), uint16(last>>32)
	small := uint64(k.bits) | uint64(k.tier)<<8 | uint64(k.reached)<<16 | uint64(k.point)<<24 | uint64(k.misses)<<32 | uint64(k.best)<<40
	codec.Unsigned(x, &small)
	k.bits, k.tier, k.reached = uint8(small), uint8(small>>8), uint8(small>>16)
	k.point, k.misses, k.best = uint8(small>>24), uint8(small>>32), uint8(small>>40)
	if last>>48|small>>48 != 0 {
		x.Fail(fmt.Errorf("a result of %x and %x: %w", last, small, codec.ErrDamaged))
	}
}

// codeFirst is the rest of a result in format 1.
func (k *Kept) codeFirst(x *codec.Coder) {
	codec.Unsigned(x, &k.start)
	codec.Unsigned(x, &k.end)
	codec.Unsigned(x, &k.decided)
	codec.Unsigned(x, &k.since)
	codec.Unsigned(x, &k.guarantee)
	codec.Unsigned(x, &k.protect)
	codec.Unsigned(x, &k.hold)
	codec.Unsigned(x, &k.version)
	codec.Unsigned(x, &k.tier)
	codec.Unsigned(x, &k.misses)
	codec.Unsigned(x, &k.best)
	codec.Unsigned(x, &k.reached)
	codec.Unsigned(x, &k.point)
	codec.Unsigned(x, &k.bits)
}
