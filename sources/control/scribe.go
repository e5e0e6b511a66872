package control

import (
	"context"
	"fmt"
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// scribe writes control records under one term and keeps the account of what
// every partition has acknowledged.
type scribe struct {
	log   *kafka.LogWriter
	topic *Topic
	term  int64
	// opened says whether the log had been opened before this writer claimed it.
	opened bool
	// done is what all partitions have; written after each flush.
	done *pb.TimeProgress
}

func newScribe(log *kafka.LogWriter, topic *Topic, term int64, mode pb.Mode) *scribe {
	done := new(pb.TimeProgress)
	if topic.table.Time != nil {
		done = topic.table.Time.CloneVT()
	}
	done.Term, done.Mode = term, mode
	return &scribe{log: log, topic: topic, term: term, opened: topic.table.Time != nil, done: done}
}

// announce writes the term into every partition, before anything else of it.
func (s *scribe) announce(ctx context.Context, holder string) error {
	r := &pb.LogRecord{Term: &pb.Term{Term: s.term, Mode: s.done.Mode, Holder: holder}}
	if err := s.log.Control(ctx, r); err != nil {
		return fmt.Errorf("write term: %w", err)
	}
	return s.flush(ctx)
}

func (s *scribe) flush(ctx context.Context) error { return s.log.Flush(ctx) }

// save records what is done, for a successor and for ingest. The caller has
// flushed.
func (s *scribe) save(ctx context.Context) error { return s.topic.saveTime(ctx, s.done) }

// tick writes the time, if it is later than the last TICK.
func (s *scribe) tick(ctx context.Context, at int64, day int32, utcOffset int32) (bool, error) {
	if at <= s.done.TickAt {
		return false, nil
	}
	err := s.log.Control(ctx, &pb.LogRecord{Tick: &pb.Tick{Term: s.term, At: at, BusinessDay: day, UtcOffset: utcOffset}})
	if err != nil {
		return false, fmt.Errorf("write TICK: %w", err)
	}
	s.done.TickAt, s.done.BusinessDay = at, max(day, s.done.BusinessDay)
	return true, nil
}

// rates writes rates of a day, if there are any.
func (s *scribe) rates(ctx context.Context, r *pb.Rates) error {
	if r == nil || len(r.Rates) == 0 {
		return nil
	}
	own := r.CloneVT()
	own.Term = s.term
	if err := s.log.Control(ctx, &pb.LogRecord{Rates: own}); err != nil {
		return fmt.Errorf("write rates of day %d: %w", r.Day, err)
	}
	// Those that were published are in the control topic already.
	if !slices.ContainsFunc(r.Rates, func(x *pb.Rate) bool { return !s.topic.table.published(r.Day, x) }) {
		return nil
	}
	return s.topic.noteRates(ctx, r)
}

// policy writes an activation.
func (s *scribe) policy(ctx context.Context, p *pb.PolicyActivation) error {
	own := p.CloneVT()
	own.Term = s.term
	if err := s.log.Control(ctx, &pb.LogRecord{Policy: own}); err != nil {
		return fmt.Errorf("write policy %s version %d: %w", p.Name, p.Version, err)
	}
	s.note(p.Version, p.EffectiveDay)
	return nil
}

// note notes the day of an activation, unless it is noted. One that is not newer has no
// effect (semantics 5).
func (s *scribe) note(version uint32, day int32) {
	if list := s.done.Policies; len(list) == 0 || version > list[len(list)-1].Version {
		s.done.Policies = append(list, &pb.PolicyDay{Version: version, EffectiveDay: day})
	}
}

// noted is the day noted for a version, 0: none.
func (s *scribe) noted(version uint32) int32 {
	for _, p := range s.done.Policies {
		if p.Version == version {
			return p.EffectiveDay
		}
	}
	return 0
}

// close ends a day, if it is later than the last one closed. Before, all that
// was written is acknowledged by all partitions, so no partition closes a day
// without a record that another one has.
func (s *scribe) close(ctx context.Context, day int32, cut int64) error {
	if day <= s.done.LastClose {
		return nil
	}
	if err := s.flush(ctx); err != nil {
		return fmt.Errorf("before CLOSE: %w", err)
	}
	if err := s.log.Control(ctx, &pb.LogRecord{Close: &pb.Close{Term: s.term, Day: day, Cut: cut}}); err != nil {
		return fmt.Errorf("write CLOSE: %w", err)
	}
	s.done.LastClose = day
	return nil
}
