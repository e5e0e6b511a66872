package letters

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Place is a letter's place in the topic.
type Place struct {
	Partition int32
	Offset    int64
}

// String is partition:offset.
func (p Place) String() string { return fmt.Sprintf("%d:%d", p.Partition, p.Offset) }

// ParsePlace reads "partition:offset".
func ParsePlace(s string) (Place, error) {
	p, o, ok := strings.Cut(s, ":")
	partition, err := strconv.ParseInt(p, 10, 32)
	offset, err2 := strconv.ParseInt(o, 10, 64)
	if !ok || err != nil || err2 != nil || partition < 0 || offset < 0 {
		return Place{}, fmt.Errorf("%q: want partition:offset as `tierwatch dlq list` shows it, such as 0:17", s)
	}
	return Place{int32(partition), offset}, nil
}

// Filter chooses letters; every zero field takes all.
type Filter struct {
	Causes, Sources []string
	Stage           string
	// Since and Before bound the time at which the letter was written, UTC
	// seconds: Since <= t < Before.
	Since, Before int64
	Places        []Place
}

// Takes says whether the letter is chosen.
func (f *Filter) Takes(l *Letter) bool {
	return (len(f.Causes) == 0 || slices.Contains(f.Causes, l.Cause)) &&
		(len(f.Sources) == 0 || slices.Contains(f.Sources, l.Source)) &&
		(f.Stage == "" || f.Stage == l.Stage) &&
		(f.Since == 0 || l.Written >= f.Since) && (f.Before == 0 || l.Written < f.Before) &&
		(len(f.Places) == 0 || slices.Contains(f.Places, Place{l.Partition, l.Offset}))
}

// Empty says whether the filter takes everything.
func (f *Filter) Empty() bool {
	return len(f.Causes) == 0 && len(f.Sources) == 0 && f.Stage == "" && f.Since == 0 && f.Before == 0 && len(f.Places) == 0
}

// ParseSince reads a date, a time (RFC 3339) or a span back from now such as
// 24h.
func ParseSince(s string, now time.Time) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.Add(-d).Unix(), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Unix(), nil
		}
	}
	return 0, fmt.Errorf("%q: want a date, a time such as 2026-01-31T08:00:00Z, or a span such as 24h", s)
}
