package script

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// words is what is left of a line.
type words struct{ list []string }

// next takes the next word, "" if none is left.
func (w *words) next() string {
	if len(w.list) == 0 {
		return ""
	}
	s := w.list[0]
	w.list = w.list[1:]
	return s
}

func (w *words) want(what string) (string, error) {
	s := w.next()
	if s == "" {
		return "", errors.New(what + " is missing")
	}
	return s, nil
}

func (w *words) date() (int32, error) {
	s, err := w.want("a date")
	if err != nil {
		return 0, err
	}
	return readDate(s)
}

// end demands that nothing is left.
func (w *words) end() error {
	if len(w.list) > 0 {
		return fmt.Errorf("%q is too much; take it out", strings.Join(w.list, " "))
	}
	return nil
}

// options reads the rest of the line: key=value, or a bare word, which has the
// value "".
func (w *words) options(allowed ...string) (map[string]string, error) {
	opts := map[string]string{}
	for len(w.list) > 0 {
		word := w.next()
		key, value, assigned := strings.Cut(word, "=")
		if !slices.Contains(allowed, key) || (assigned && value == "") {
			return nil, fmt.Errorf("%q is not known here; use %s", word, strings.Join(allowed, ", "))
		}
		if _, twice := opts[key]; twice {
			return nil, fmt.Errorf("%s stands there twice", key)
		}
		opts[key] = value
	}
	return opts, nil
}

// clock reads a time such as 14:05 or 14:05:30 if one comes, as seconds of the
// day, else gives otherwise.
func (w *words) clock(otherwise int64) (int64, error) {
	if len(w.list) == 0 || !strings.Contains(w.list[0], ":") || strings.Contains(w.list[0], "=") {
		return otherwise, nil
	}
	s := w.next()
	var sec int64
	parts := strings.Split(s, ":")
	for i, most := range []int64{23, 59, 59} {
		n := int64(0)
		if i < len(parts) {
			var err error
			if n, err = policy.Decimal(parts[i], 0); err != nil || n < 0 || n > most || len(parts[i]) != 2 {
				return 0, fmt.Errorf("%q is no time; write it like 14:05", s)
			}
		}
		sec = sec*60 + n
	}
	if len(parts) < 2 || len(parts) > 3 {
		return 0, fmt.Errorf("%q is no time; write it like 14:05", s)
	}
	return sec, nil
}

// readDate reads YYYY-MM-DD as days since 1970.
func readDate(s string) (int32, error) {
	bad := fmt.Errorf("%q is no date; write it like 2025-01-31", s)
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, bad
	}
	var n [3]int64
	for i, part := range []string{s[:4], s[5:7], s[8:]} {
		v, err := policy.Decimal(part, 0)
		if err != nil || v < 0 {
			return 0, bad
		}
		n[i] = v
	}
	if n[0] < 1970 || n[1] < 1 || n[1] > 12 || n[2] < 1 {
		return 0, bad
	}
	d := day.Of(int32(n[0]), int32(n[1]), int32(n[2]))
	if day.String(d) != s {
		return 0, bad
	}
	return d, nil
}

func dateOption(opts map[string]string, key string) (int32, error) {
	s, ok := opts[key]
	if !ok {
		return 0, nil
	}
	return readDate(s)
}

func keysOf[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
