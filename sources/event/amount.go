package event

import (
	"math/bits"

	"github.com/tierwatch/tierwatch/sources/internal/decimal"
)

// MaxAmount bounds every amount and balance, in smallest units.
const MaxAmount int64 = 10_000_000_000_000_000

// Rates is what ingest knows of exchange rates: base minor units per smallest
// unit of the currency, × 10^12, of the last day not after the given one.
type Rates interface {
	Rate(unit string, day int32) (e12 int64, ok bool)
}

// convert is amount × rate / 10^12, half to even; ok is false beyond MaxAmount.
func convert(amount, e12 int64) (base int64, ok bool) {
	return mulDiv(uint64(amount), uint64(e12), 1_000_000_000_000)
}

func mulDiv(a, b, div uint64) (q int64, ok bool) {
	hi, lo := bits.Mul64(a, b)
	if hi >= div {
		return 0, false
	}
	v, rem := bits.Div64(hi, lo, div)
	// rem < div ≤ 10^19/2 in every use, so doubling it cannot wrap.
	if 2*rem > div || 2*rem == div && v&1 == 1 {
		v++
	}
	if v > uint64(MaxAmount) {
		return 0, false
	}
	return int64(v), true
}

// convertFX uses an event's own rate: base units per unit of the currency.
func convertFX(amount int64, fx string, from, to int32) (int64, *Reject) {
	rate, err := decimal.Parse([]byte(fx), decimal.Plain)
	if err != nil || rate.Sign() <= 0 || rate.Scale > 12 || rate.Scale < -12 {
		return 0, &Reject{BadNumber, "fx_rate", "\"" + Show(fx) + "\" is no rate: want a positive decimal with at most 12 decimals"}
	}
	shift := rate.Scale + from - to // from and to are 0 … 4
	coef, div := rate.Coef, uint64(1)
	for ; shift > 0; shift-- {
		div *= 10
	}
	for ; shift < 0; shift++ {
		hi, lo := bits.Mul64(coef, 10)
		if hi != 0 {
			return 0, overflow("base_amount_minor")
		}
		coef = lo
	}
	base, ok := mulDiv(uint64(amount), coef, div)
	if !ok {
		return 0, overflow("base_amount_minor")
	}
	return base, nil
}

func overflow(field string) *Reject {
	return &Reject{AmountOverflow, field, "beyond 10^16 smallest units"}
}
