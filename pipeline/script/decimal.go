package script

import (
	"strconv"
	"strings"
)

// decimal writes v of 10^-digits as people do: 50_000 or 228_571.43.
func decimal(v int64, digits int) string {
	sign := ""
	u := uint64(v)
	if v < 0 {
		sign, u = "-", -u
	}
	s := strconv.FormatUint(u, 10)
	if pad := digits + 1 - len(s); pad > 0 {
		s = strings.Repeat("0", pad) + s
	}
	whole, frac := s[:len(s)-digits], s[len(s)-digits:]
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte('_')
		}
		b.WriteByte(whole[i])
	}
	if strings.Trim(frac, "0") != "" {
		b.WriteString("." + frac)
	}
	return b.String()
}
