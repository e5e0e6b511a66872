package control

import (
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// progressOf is how far the partitions of the sources are, from
// tierwatch.reports.
type progressOf map[string]map[int32]*pb.SourceProgress

// What a partition has said stays said: who reads it next, after a rebalance or a
// restart, begins to report without it. A day that has not begun when it is told of
// cannot be complete, and is left out.
func (m progressOf) apply(r *kgo.Record, cal *event.Calendar) error {
	var report pb.Report
	if err := report.UnmarshalVT(r.Value); err != nil {
		return fmt.Errorf("decode report at offset %d: %w", r.Offset, err)
	}
	s := report.Source
	if s == nil {
		return nil // of a later release
	}
	if m[s.Source] == nil {
		m[s.Source] = map[int32]*pb.SourceProgress{}
	}
	if s.EndOfDay > cal.BusinessDay(s.At) {
		s.EndOfDay = 0
	}
	if s.TopicEnd.GetDay() > cal.BusinessDay(s.At) {
		s.TopicEnd = nil
	}
	if before := m[s.Source][s.Partition]; before != nil {
		s.EndOfDay, s.Watermark = max(s.EndOfDay, before.EndOfDay), max(s.Watermark, before.Watermark)
		if s.TopicEnd.GetDay() < before.TopicEnd.GetDay() {
			s.TopicEnd = before.TopicEnd
		}
	}
	m[s.Source][s.Partition] = s
	return nil
}

func (m progressOf) names() []string {
	var list []string
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// passed says whether every partition of the source has ended the day: it said
// so, or its events are past the cut, or it has been read to where it ended when
// another said so for the whole topic.
func (m progressOf) passed(source string, day int32, cut int64) bool {
	parts := m[source]
	ended := map[int32]bool{} // by a word for the whole topic
	for _, p := range parts {
		if p.TopicEnd.GetDay() < day {
			continue
		}
		for _, end := range p.TopicEnd.GetEnds() {
			q := parts[end.Partition]
			if q == nil {
				return false // nobody has told of it yet
			}
			ended[end.Partition] = ended[end.Partition] || q.Position >= end.End
		}
	}
	for id, p := range parts {
		if p.EndOfDay < day && p.Watermark < cut && !ended[id] {
			return false
		}
	}
	return len(parts) > 0
}

// lags says whether records of the source may wait to be read: some partition
// is not at its end, or nobody has told of it lately.
func (m progressOf) lags(source string, now time.Time, silence time.Duration) bool {
	parts := m[source]
	for _, p := range parts {
		if p.Position < p.End || now.Sub(time.Unix(p.At, 0)) > silence {
			return true
		}
	}
	return len(parts) == 0
}

// why tells a person what lags found. Silence comes first: what a partition lacks that
// nobody tells of is not known.
func (m progressOf) why(source string, now time.Time, silence time.Duration) string {
	parts := m[source]
	if len(parts) == 0 {
		return source + ": never heard of"
	}
	when := func(at int64) string { return time.Unix(at, 0).UTC().Format(time.RFC3339) }
	var left, heard, silent int64
	for _, p := range parts {
		left += max(0, p.End-p.Position)
		heard = max(heard, p.At)
		if now.Sub(time.Unix(p.At, 0)) > silence && (silent == 0 || p.At < silent) {
			silent = p.At
		}
	}
	if silent != 0 {
		return fmt.Sprintf("%s: partitions not heard of since %s", source, when(silent))
	}
	return fmt.Sprintf("%s: %d records not read, as of %s", source, left, when(heard))
}
