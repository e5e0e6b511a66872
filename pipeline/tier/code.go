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

// Code writes or reads the result.
func (k *Kept) Code(x *codec.Coder) {
	codec.Signed(x, &k.Value)
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
