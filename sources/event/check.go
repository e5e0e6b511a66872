package event

import (
	"encoding/binary"
	"strconv"
	"unicode/utf8"
)

const (
	maxID     = 128
	maxSource = 64
	maxText   = 256
	maxNote   = 1024
)

// checkID wants 1 … 128 bytes of UTF-8 without control characters.
func checkID(field, v string) *Reject {
	if v == "" {
		cause := MissingField
		if field == "customer_id" {
			cause = NoCustomer
		}
		return &Reject{cause, field, "is blank"}
	}
	return checkText(field, v, maxID)
}

// checkText wants at most limit bytes of UTF-8 without control characters.
func checkText(field, v string, limit int) *Reject {
	if len(v) > limit {
		return &Reject{IDLength, field, strconv.Itoa(len(v)) + " bytes; at most " + strconv.Itoa(limit)}
	}
	if printableASCII(v) {
		return nil
	}
	if !utf8.ValidString(v) {
		return &Reject{InvalidUTF8, field, "not valid UTF-8; name the encoding of the source"}
	}
	for _, r := range v {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return &Reject{BadText, field, "holds the control character " + strconv.QuoteRuneToASCII(r)}
		}
	}
	return nil
}

func printableASCII(v string) bool {
	b := []byte(v) // does not escape: the compiler makes no copy
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		const ones, high = 0x0101010101010101, 0x8080808080808080
		del := w ^ 0x7f*ones
		if (w|(w-0x20*ones)|(del-ones)&^del)&high != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// checkDay wants a day a record may name; zero is "not said".
func checkDay(field string, day int32) *Reject {
	if day == 0 || day >= MinDay && day <= MaxDay {
		return nil
	}
	return dateRange(field)
}

func dateRange(field string) *Reject {
	return &Reject{DateRange, field, "outside 1970-01-02 … 2149-06-06"}
}

// checkTime wants an instant of the same range, and one there is.
func checkTime(field string, utc int64) *Reject {
	if utc == 0 {
		return &Reject{MissingField, field, "is blank"}
	}
	if utc < 0 || utc >= (int64(MaxDay)+1)*daySeconds {
		return dateRange(field)
	}
	return nil
}

// checkAmount wants 0 … 10^16.
func checkAmount(field string, v int64) *Reject {
	if v < 0 {
		return &Reject{NegativeAmount, field, "is negative; direction gives the sign (in a mapping: sign)"}
	}
	if v > MaxAmount {
		return overflow(field)
	}
	return nil
}

// checkBalance wants -10^16 … 10^16.
func checkBalance(field string, v int64) *Reject {
	if v > MaxAmount || v < -MaxAmount {
		return overflow(field)
	}
	return nil
}

func checkRange(field string, v, low, high int64) *Reject {
	if v < low || v > high {
		return &Reject{OutOfRange, field, "outside " + strconv.FormatInt(low, 10) + " … " + strconv.FormatInt(high, 10)}
	}
	return nil
}

// checkEnum wants a known number; zero only if the field is optional.
func checkEnum(field string, e *Enum, n int32, optional bool) *Reject {
	if e.has(n) || n == 0 && optional {
		return nil
	}
	if n == 0 {
		return &Reject{MissingField, field, "is blank"}
	}
	return &Reject{UnknownEnum, field, "no such number: " + strconv.Itoa(int(n))}
}

func checkCurrency(field, code string) *Reject {
	if code == "" {
		return &Reject{MissingField, field, "is blank"}
	}
	if _, ok := MinorUnits(code); !ok {
		return &Reject{UnknownCurrency, field, "\"" + Show(code) + "\" is no ISO 4217 code"}
	}
	return nil
}

// checkUnit wants a currency or a fund code; three capitals are a currency.
func checkUnit(field, unit string) *Reject {
	if threeCapitals(unit) {
		return checkCurrency(field, unit)
	}
	return checkText(field, unit, 32)
}

// first returns the first reject there is.
func first(rejects ...*Reject) *Reject {
	for _, r := range rejects {
		if r != nil {
			return r
		}
	}
	return nil
}
