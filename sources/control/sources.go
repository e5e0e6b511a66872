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
type progressOf map[string]map[int32]*standing

// standing is how far one partition is: what was told of it last, with the latest of
// its words that count.
type standing struct {
	*pb.SourceProgress
	// early are the words that the last report had and that do not count. As long as
	// they are told on, they were told before their time.
	early struct {
		watermark int64
		endOfDay  int32
		topicEnd  *pb.TopicEnd
	}
	// soon is a watermark whose time comes within the leeway, 0: none.
	soon int64
}

// leeway is how far the clocks of a source and of its reader may differ, in seconds. A
// watermark that is ahead by less counts when its time has come, though those that are
// told then may be ahead again.
const leeway = 60

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
		m[s.Source] = map[int32]*standing{}
	}
	p := m[s.Source][s.Partition]
	if p == nil {
		p = &standing{SourceProgress: new(pb.SourceProgress)}
		m[s.Source][s.Partition] = p
	}
	p.take(s, cal.BusinessDay(s.At))
	return nil
}

// take takes a report of a day in. What a partition has said stays said: who reads it
// next, after a rebalance or a restart, begins to report without it.
func (p *standing) take(s *pb.SourceProgress, today int32) {
	before := p.SourceProgress
	p.SourceProgress = s
	p.void(today)
	s.EndOfDay, s.Watermark = max(s.EndOfDay, before.EndOfDay), max(s.Watermark, before.Watermark)
	if s.TopicEnd.GetDay() < before.TopicEnd.GetDay() {
		s.TopicEnd = before.TopicEnd
	}
}

// void leaves out what the report says of a time that had not come when it was told, or
// when it began to be told. A day that has not begun cannot be complete; and one record
// with a wrong date says nothing of what lies before that date.
func (p *standing) void(today int32) {
	was, s := p.early, p.SourceProgress
	p.early.watermark, p.early.endOfDay, p.early.topicEnd = 0, 0, nil
	if s.EndOfDay > today || s.EndOfDay == was.endOfDay {
		p.early.endOfDay, s.EndOfDay = s.EndOfDay, 0
	}
	if s.TopicEnd.GetDay() > today || s.TopicEnd.EqualVT(was.topicEnd) {
		p.early.topicEnd, s.TopicEnd = s.TopicEnd, nil
	}
	told := s.Watermark
	s.Watermark = 0
	if p.soon <= s.At {
		s.Watermark, p.soon = p.soon, 0
	}
	switch {
	case told > s.At+leeway || told == was.watermark:
		p.early.watermark = told
	case told <= s.At:
		s.Watermark = max(s.Watermark, told)
	case p.soon == 0:
		p.soon = told
	}
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
