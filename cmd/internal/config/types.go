package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	milli  = time.Millisecond
	second = time.Second
	minute = time.Minute
	hour   = time.Hour
)

// text is a setting that is written as one word. parse's error says what would
// be right; it does not repeat the value.
type text interface {
	parse(s string) error
	String() string
}

// Duration is a span such as 500ms, 10s or 5m, at least 0.
type Duration time.Duration

func (d *Duration) parse(s string) error {
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return errors.New("want a span such as 500ms, 10s or 5m")
	}
	*d = Duration(v)
	return nil
}

func (d *Duration) String() string { return time.Duration(*d).String() }

// Of is the span in the standard library's type.
func (d Duration) Of() time.Duration { return time.Duration(d) }

// Days is a number of days such as 1d.
type Days int32

func (d *Days) parse(s string) error {
	n, err := strconv.ParseInt(strings.TrimSuffix(s, "d"), 10, 32)
	if err != nil || n < 0 || n > 30 {
		return errors.New("want days from 0d to 30d")
	}
	*d = Days(n)
	return nil
}

func (d *Days) String() string { return strconv.Itoa(int(*d)) + "d" }

// ClockTime is a time of day, as the span since midnight.
type ClockTime time.Duration

func (c *ClockTime) parse(s string) error {
	v, err := time.Parse("15:04", s)
	if err != nil {
		return errors.New("want HH:MM such as 03:00")
	}
	*c = ClockTime(time.Duration(v.Hour())*hour + time.Duration(v.Minute())*minute)
	return nil
}

func (c *ClockTime) String() string {
	d := time.Duration(*c)
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// Size is a number of bytes such as 64MiB.
type Size int64

var sizes = []struct {
	suffix string
	bytes  int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}

func (z *Size) parse(s string) error {
	for _, u := range sizes {
		number, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > 1<<60/u.bytes {
			break
		}
		*z = Size(n * u.bytes)
		return nil
	}
	return errors.New("want a size such as 64MiB or 2GiB")
}

func (z *Size) String() string {
	for _, u := range sizes {
		if n := int64(*z); n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.suffix
		}
	}
	return "0"
}

// ClockMode says who tells the time of a deployment.
type ClockMode string

func (c *ClockMode) parse(s string) error {
	return oneOf((*string)(c), s, "wall", "demo", "log", "event")
}
func (c *ClockMode) String() string { return string(*c) }

// Mechanism is a SASL mechanism.
type Mechanism string

func (m *Mechanism) parse(s string) error {
	return oneOf((*string)(m), strings.ToLower(s), "none", "plain", "scram-sha-256", "scram-sha-512")
}
func (m *Mechanism) String() string { return string(*m) }

func oneOf(dst *string, s string, allowed ...string) error {
	if slices.Contains(allowed, s) {
		*dst = s
		return nil
	}
	return fmt.Errorf("want one of %s", strings.Join(allowed, ", "))
}
