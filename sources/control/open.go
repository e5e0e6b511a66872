package control

import (
	"context"
	"errors"
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Opening is what a new log begins with, before any customer record.
type Opening struct {
	// Engine fixes the deployment: version, currency, zone, lags, epoch, clock.
	Engine *pb.Engine
	// Policy is the first one; it takes effect at once.
	Policy *pb.PolicyActivation
	// Rates were published before it.
	Rates []*pb.Rates
	// At is the time of the first TICK, UTC seconds. 0 under clock: event, which
	// has none.
	At int64
}

func (o *Opening) validate(cal *event.Calendar) error {
	switch {
	case o.Engine == nil || o.Engine.Version == 0:
		return errors.New("open log: an ENGINE with a version is required")
	case o.Policy == nil || len(o.Policy.Yaml) == 0:
		return errors.New("open log: a first policy is required: `tierwatch policy publish FILE`")
	case o.Engine.TimeZone != cal.Zone():
		return fmt.Errorf("open log: time zone %q, but the calendar has %q", o.Engine.TimeZone, cal.Zone())
	case o.Engine.BaseCurrency != cal.Base():
		return fmt.Errorf("open log: base currency %q, but the calendar has %q", o.Engine.BaseCurrency, cal.Base())
	}
	return nil
}

// openLog writes ENGINE, the first policy and a TICK into every partition of a
// new log. A writer that died midway is repeated: nothing of it has an effect
// twice, and no customer record comes before the progress is saved.
func (s *scribe) openLog(ctx context.Context, cal *event.Calendar, o *Opening) error {
	if err := o.validate(cal); err != nil {
		return err
	}
	engine := o.Engine.CloneVT()
	engine.Term = s.term
	if err := s.log.Control(ctx, &pb.LogRecord{Engine: engine}); err != nil {
		return fmt.Errorf("write ENGINE: %w", err)
	}
	if err := s.policy(ctx, o.Policy); err != nil {
		return err
	}
	for _, r := range o.Rates {
		if err := s.rates(ctx, r); err != nil {
			return err
		}
	}
	if o.At != 0 {
		if err := s.tickAt(ctx, cal, o.At); err != nil {
			return err
		}
		// Nothing before the first day is there to be closed.
		s.done.LastClose = s.done.BusinessDay - 1
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	return s.save(ctx)
}

// tickAt is tick with the calendar's day and offset.
func (s *scribe) tickAt(ctx context.Context, cal *event.Calendar, at int64) error {
	_, err := s.tick(ctx, at, cal.BusinessDay(at), int32(cal.Local(at)-at))
	return err
}
