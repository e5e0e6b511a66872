package alert

import "strconv"

// rounding says which way an amount goes that a text cannot show exactly.
type rounding uint8

const (
	// halfEven is for amounts that inform.
	halfEven rounding = iota
	// up is for amounts to be paid: what the text says must be enough.
	up
	// exact is for amounts that would look equal to another one beside them.
	exact
)

// appendWan writes an amount in 万 (10^4 major units) with at most two decimals:
// exactly if it is a multiple of 0.01万, else rounded. Below 1万 it is written
// exactly in major units. digits is the number of minor digits of the currency.
func appendWan(dst []byte, minor int64, digits int, r rounding) []byte {
	unit := pow10(digits)
	abs := magnitude(minor)
	if minor < 0 {
		dst = append(dst, '-')
	}
	if abs < 10_000*unit {
		return appendMajor(dst, abs, digits, false)
	}
	step := 100 * unit
	q, rest := abs/step, abs%step
	switch {
	case rest == 0:
	case r == up:
		if minor > 0 {
			q++
		}
	case rest > step/2, rest == step/2 && q%2 == 1:
		q++
	}
	dst = strconv.AppendUint(dst, q/100, 10)
	if frac := q % 100; frac != 0 {
		dst = append(dst, '.', byte('0'+frac/10))
		if frac%10 != 0 {
			dst = append(dst, byte('0'+frac%10))
		}
	}
	return append(dst, "万"...)
}

// appendMajor writes an amount of minor units in major units, exactly; the
// decimals only if they are not all zero. grouped: thousands get commas.
func appendMajor(dst []byte, abs uint64, digits int, grouped bool) []byte {
	unit := pow10(digits)
	major, frac := abs/unit, abs%unit
	start := len(dst)
	dst = strconv.AppendUint(dst, major, 10)
	if grouped {
		for at := len(dst) - 3; at > start; at -= 3 {
			dst = append(dst, 0)
			copy(dst[at+1:], dst[at:])
			dst[at] = ','
		}
	}
	if frac == 0 {
		return dst
	}
	dst = append(dst, '.')
	for d := unit / 10; d > 0; d /= 10 {
		dst = append(dst, byte('0'+frac/d%10))
	}
	return dst
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}

func pow10(digits int) uint64 {
	p := uint64(1)
	for range digits {
		p *= 10
	}
	return p
}
