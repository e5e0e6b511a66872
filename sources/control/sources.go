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
type progressOf map[string]*source

// source is how far the partitions of one source are, and which it has.
type source struct {
	// topics as told last, nil if that is not known.
	topics []*pb.SourceTopic
	parts  map[int32]*standing
}

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
	src := m[s.Source]
	if src == nil {
		src = &source{parts: map[int32]*standing{}}
		m[s.Source] = src
	}
	src.fit(s.Topics)
	if !src.has(s.Partition) {
		return nil // whoever reads it has not noticed yet that it is gone
	}
	p := src.parts[s.Partition]
	if p == nil {
		p = &standing{SourceProgress: new(pb.SourceProgress)}
		src.parts[s.Partition] = p
	}
	p.take(s, cal.BusinessDay(s.At))
	return nil
}

// fit forgets what was told of partitions that the source has no more: its topic was
// made again with fewer, or another topic has the place.
func (s *source) fit(topics []*pb.SourceTopic) {
	if slices.EqualFunc(s.topics, topics, (*pb.SourceTopic).EqualVT) {
		return
	}
	before := s.topics
	s.topics = topics
	for id := range s.parts {
		topic, _ := numbered(id)
		other := topic < len(before) && topic < len(topics) && before[topic].Name != topics[topic].Name
		if other || !s.has(id) {
			delete(s.parts, id)
		}
	}
}

// has says whether the source has the partition, as far as that is known.
func (s *source) has(id int32) bool {
	topic, partition := numbered(id)
	return len(s.topics) == 0 || topic < len(s.topics) && partition < s.topics[topic].Partitions
}

// told says whether somebody has told of every partition. One of which nobody has may
// have records that nobody reads.
func (s *source) told() bool { return len(s.parts) > 0 && len(s.parts) >= s.size() }

// size is how many partitions the source has, 0 if that is not known.
func (s *source) size() int {
	n := 0
	for _, t := range s.topics {
		n += int(t.Partitions)
	}
	return n
}

// numbered is the place of the topic in the source, and the topic's own number of the
// partition.
func numbered(id int32) (topic int, partition int32) { return int(id >> 16), id & 0xffff }

// take takes a report of a day in. What a partition has said stays said: who reads it
// next, after a rebalance or a restart, begins to report without it. A report that comes
// late, of one who was held up when another had the partition already, does not say that
// less is left to read than the newer one did.
func (p *standing) take(s *pb.SourceProgress, today int32) {
	before := p.SourceProgress
	p.SourceProgress = s
	p.void(today)
	if s.At < before.At {
		s.Position, s.End = min(s.Position, before.Position), max(s.End, before.End)
	}
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
func (m progressOf) passed(name string, day int32, cut int64) bool {
	s := m[name]
	if s == nil || !s.told() {
		return false
	}
	ended := map[int32]bool{} // by a word for the whole topic
	for _, p := range s.parts {
		if p.TopicEnd.GetDay() < day {
			continue
		}
		for _, end := range p.TopicEnd.GetEnds() {
			q := s.parts[end.Partition]
			if q == nil && s.has(end.Partition) {
				return false // nobody has told of it yet
			}
			ended[end.Partition] = ended[end.Partition] || q != nil && q.Position >= end.End
		}
	}
	for id, p := range s.parts {
		if p.EndOfDay < day && p.Watermark < cut && !ended[id] {
			return false
		}
	}
	return true
}

// lags says whether records of the source may wait to be read: some partition
// is not at its end, or nobody has told of it, or not lately.
func (m progressOf) lags(name string, now time.Time, silence time.Duration) bool {
	s := m[name]
	if s == nil || !s.told() {
		return true
	}
	for _, p := range s.parts {
		if p.Position < p.End || now.Sub(time.Unix(p.At, 0)) > silence {
			return true
		}
	}
	return false
}

// why tells a person what lags found. Silence comes first: what a partition lacks that
// nobody tells of is not known.
func (m progressOf) why(name string, now time.Time, silence time.Duration) string {
	s := m[name]
	if s == nil || len(s.parts) == 0 {
		return name + ": never heard of"
	}
	if !s.told() {
		return fmt.Sprintf("%s: nobody tells of %d of its %d partitions", name, s.size()-len(s.parts), s.size())
	}
	when := func(at int64) string { return time.Unix(at, 0).UTC().Format(time.RFC3339) }
	var left, heard, silent int64
	for _, p := range s.parts {
		left += max(0, p.End-p.Position)
		heard = max(heard, p.At)
		if now.Sub(time.Unix(p.At, 0)) > silence && (silent == 0 || p.At < silent) {
			silent = p.At
		}
	}
	if silent != 0 {
		return fmt.Sprintf("%s: partitions not heard of since %s", name, when(silent))
	}
	return fmt.Sprintf("%s: %d records not read, as of %s", name, left, when(heard))
}
