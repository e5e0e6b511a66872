package kafka

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// A bank's topic may lose records in two ways. Its retention deletes them at the
// beginning, before they were read, if ingest is away or held back for longer than
// that. And an election of a replica that was behind takes them from the end, after
// they were read. The client goes on by itself after both, almost silently. Here both
// are told, counted and put into the books.

// loss is what the client tells of a partition that was cut at its end.
type loss struct {
	place
	standing *standing // of the assignment under which it was polled
	said     *kgo.ErrDataLoss
}

// doubt is that a partition begins behind where it is read, as seen before.
type doubt struct {
	next    int64
	drained int
}

// compare looks whether a part goes on where the last one ended. Offsets that compaction
// or an aborted transaction left out are no loss: the partition begins before them.
func (c *committer) compare(s *standing, p *part, first kgo.EpochOffset) {
	switch next := s.next.Offset; {
	case first.Offset < next:
		c.truncated(p.place, next, first.Offset)
		s.anew(first)
	case min(first.Offset, p.start) > next:
		c.lostBetween(p.place, s, next, min(first.Offset, p.start))
	}
}

// bookLoss goes on at the place at which the client does. What lies behind it in the
// log has offsets that the source now gives to others, so the books begin anew.
func (c *committer) bookLoss(ctx context.Context, l *loss) error {
	s := c.places[l.place]
	if s == nil || s != l.standing {
		l.standing = nil
		return nil
	}
	to := kgo.EpochOffset{Epoch: l.said.ResetToEpoch, Offset: l.said.ResetTo}
	if err := c.open(ctx, s, l.place, to); err != nil {
		return err
	}
	c.truncated(l.place, l.said.ConsumedTo, l.said.ResetTo)
	s.anew(to)
	return nil
}

// anew begins the books at an offset; what was lost before stays in them.
func (s *standing) anew(at kgo.EpochOffset) {
	had := s.books
	s.upTo = upTo{books: &pb.SourceBooks{From: at.Offset, Lost: had.Lost, LostFrom: had.LostFrom, LostTo: had.LostTo}, next: at}
	s.unsaid, s.committed = nil, -1 // what is committed lies behind the end
}

func (c *committer) truncated(at place, read, end int64) {
	c.o.Metrics.truncated.WithLabelValues(c.o.Name).Inc()
	c.o.Log.Error().Str("source", c.o.Name).EmbedObject(at).Int64("was_read_to", read).Int64("goes_on_at", end).
		Msg("the source ends before what was read of it, as after an unclean election of its broker: what the bank wrote there may be lost; load it from the bank's files")
}

// lostBetween books what was deleted before it was read, and goes on behind it, so that
// the books stand with the offset that they reach.
func (c *committer) lostBetween(at place, s *standing, from, to int64) {
	b := s.books
	if b.Lost == 0 {
		b.LostFrom = from
	}
	b.Lost, b.LostFrom, b.LostTo = b.Lost+to-from, min(b.LostFrom, from), max(b.LostTo, to)
	c.o.Metrics.lost.WithLabelValues(c.o.Name).Add(float64(to - from))
	c.o.Log.Error().Str("source", c.o.Name).EmbedObject(at).Int64("from", from).Int64("to", to-1).Int64("records", to-from).
		Msg("records of the source were deleted before they were read: load them from the bank's files")
	s.next = kgo.EpochOffset{Epoch: -1, Offset: to}
}

// cut finds partitions of which everything that was still to be read is deleted, so that
// no record will tell of it, and gives where they begin now. The starts are of now, but
// what was fetched before may still wait to be polled: so it must look the same after
// polls that gave out all there was.
func (c *committer) cut(ctx context.Context, starts kadm.ListedOffsets, committed kadm.OffsetResponses) (map[place]int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[place]int64{}
	for at, s := range c.places {
		next := s.next.Offset
		if s.books == nil {
			row, ok := committed.Lookup(at.topic, at.partition)
			if !ok || row.Err != nil || row.At < 0 {
				continue // nobody has read it: it begins where it begins
			}
			next = row.At
		}
		start, ok := starts.Lookup(at.topic, at.partition)
		if !ok || start.Err != nil || start.Offset <= next || s.polled > next {
			s.doubt = doubt{}
			continue
		}
		if s.doubt.drained == 0 || s.doubt.next != next {
			s.doubt = doubt{next: next, drained: c.drained}
		}
		if c.drained < s.doubt.drained+2 {
			continue
		}
		begin := kgo.EpochOffset{Epoch: -1, Offset: start.Offset}
		if err := c.open(ctx, s, at, begin); err != nil {
			return nil, err
		}
		if s.next.Offset < begin.Offset {
			c.lostBetween(at, s, s.next.Offset, begin.Offset)
		}
		s.next, s.doubt = begin, doubt{}
		found[at] = begin.Offset
	}
	return found, nil
}
