package policy

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// errors of a number; number and its callers add what is expected.
var (
	errNumber  = errors.New("not a number")
	errPrecise = errors.New("too many digits after the point")
	errLarge   = errors.New("too large")
)

// maxAmount bounds amounts in minor units, so that sums over a period stay far
// within 128 bits.
const maxAmount = 10_000_000_000_000_000

// Decimal reads a plain decimal such as 50_000.5 exactly, as an integer of
// 10^-digits. It is an error if s is no decimal, has more digits after the point
// that are not 0, or more than 18 digits in all.
func Decimal(s string, digits int) (int64, error) {
	if digits < 0 || digits > 18 {
		return 0, errPrecise
	}
	return number(s, digits)
}

// number reads a plain decimal exactly as an integer of 10^-digits: with digits
// 2, "50_000.5" is 5000050. Underscores may stand between digits.
func number(s string, digits int) (int64, error) {
	s, neg := strings.CutPrefix(s, "-")
	whole, frac, point := strings.Cut(s, ".")
	whole, okW := ungroup(whole)
	frac, okF := ungroup(frac)
	if !okW || (point && !okF) {
		return 0, errNumber
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > digits {
		return 0, errPrecise
	}
	all := strings.TrimLeft(whole+frac+strings.Repeat("0", digits-len(frac)), "0")
	if all == "" {
		return 0, nil
	}
	if len(all) > 18 {
		return 0, errLarge
	}
	n, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return 0, errNumber
	}
	if neg {
		n = -n
	}
	return n, nil
}

// isDecimal tells whether s is a plain decimal of reasonable length.
func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, frac, point := strings.Cut(s, ".")
	_, okW := ungroup(whole)
	_, okF := ungroup(frac)
	return len(s) <= 60 && okW && (okF || !point)
}

// ungroup takes the underscores out; false unless s is digits with single
// underscores between them.
func ungroup(s string) (string, bool) {
	if s == "" || s[0] == '_' || s[len(s)-1] == '_' || strings.Contains(s, "__") {
		return "", false
	}
	s = strings.ReplaceAll(s, "_", "")
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return "", false
		}
	}
	return s, true
}

// amount reads major units of the base currency as minor units.
func (c *compiler) amount(v value) (int64, bool) {
	s, ok := v.text()
	if !ok {
		return 0, false
	}
	n, err := number(s, c.digits)
	switch {
	case errors.Is(err, errPrecise):
		c.problem(v, "has more digits than "+c.opt.BaseCurrency+" has minor units", "write at most "+strconv.Itoa(c.digits)+" digits after the point")
	case errors.Is(err, errLarge) || n > maxAmount || n < -maxAmount:
		c.problem(v, "the amount is too large", "stay within 10^16 minor units")
	case err != nil:
		c.problem(v, "is not an amount", "write it like 50_000 or 50000.00, without currency or commas")
	default:
		return n, true
	}
	return 0, false
}

// percent reads 40% as 4000 basis points; 0 may stand alone.
func (c *compiler) percent(v value) (int64, bool) {
	s, ok := v.text()
	if !ok {
		return 0, false
	}
	if s == "0" {
		return 0, true
	}
	body, sign := strings.CutSuffix(s, "%")
	n, err := number(strings.TrimRight(body, " "), 2)
	switch {
	case !sign || errors.Is(err, errNumber):
		c.problem(v, "is not a percent", "write it like 40% or 12.5%")
	case errors.Is(err, errPrecise):
		c.problem(v, "is finer than a basis point", "write at most two digits after the point")
	case err != nil || n > math.MaxInt32 || n < -math.MaxInt32:
		c.problem(v, "the percent is too large", "write it like 40%")
	default:
		return n, true
	}
	return 0, false
}

// share reads a percent of 0 % to 100 %.
func (c *compiler) share(v value) (int32, bool) {
	n, ok := c.percent(v)
	if ok && (n < 0 || n > 10000) {
		c.problem(v, "is not within 0% and 100%", "write a share of the whole")
		return 0, false
	}
	return int32(n), ok
}

// whole reads a whole number of lo to hi.
func (c *compiler) whole(v value, lo, hi int64) (int64, bool) {
	s, ok := v.text()
	if !ok {
		return 0, false
	}
	n, err := number(s, 0)
	if err != nil || n < lo || n > hi {
		c.problem(v, "is not a whole number from "+strconv.FormatInt(lo, 10)+" to "+strconv.FormatInt(hi, 10), "write one such as "+strconv.FormatInt(max(lo, 1), 10))
		return 0, false
	}
	return n, true
}
