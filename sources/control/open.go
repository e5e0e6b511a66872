package control

import (
	"context"
	"errors"
	"fmt"
	"slices"

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

// errNoPolicy holds up the LIVE claim of a new log.
var errNoPolicy = errors.New("the log is new and has no policy")

// mayOpen says why a conductor that claimed now could not go to work at once.
func (t *Table) mayOpen() error {
	if err := t.mayClaim(pb.Mode_LIVE, t.Next); err != nil {
		return err
	}
	if t.Time == nil && len(t.Policies()) == 0 {
		return errNoPolicy
	}
	return nil
}

// open opens a new log with the first policy published: it was claimed when there was one.
func (d *duty) open(ctx context.Context) error {
	if d.scribe.opened {
		return d.checkGap()
	}
	first := d.topic.table.Publications(0)
	i := slices.IndexFunc(first, func(p Publication) bool { return p.Policy != nil })
	p := first[i].Policy
	now := d.c.o.Clock.Now().Unix()
	d.scribe.done.ControlNext = first[i].Offset + 1
	var rates []*pb.Rates
	for _, before := range first[:i] {
		rates = append(rates, before.Rates)
	}
	err := d.scribe.openLog(ctx, d.c.o.Calendar, &Opening{
		Engine: d.c.o.Engine, At: now, Rates: rates,
		Policy: &pb.PolicyActivation{Name: p.Name, Version: p.Version, EffectiveDay: d.c.o.Calendar.BusinessDay(now), Yaml: p.Yaml},
	})
	if err != nil {
		return err
	}
	d.c.o.Metrics.tick.Set(float64(now))
	d.c.o.Log.Info().Str("policy", p.Name).Uint32("version", p.Version).Msg("log opened")
	return nil
}

// checkGap refuses a gap that a person must know of.
func (d *duty) checkGap() error {
	s := d.situation()
	if gap := s.outage(); gap > MaxGap && !d.c.o.Schedule.CatchUp {
		return &refusal{fmt.Errorf("%w: the last day closed is %s, the last TICK was written on %s, and %d days that are over since then are not closed, more than %d: "+
			"to close them one by one, start the conductor with --catch-up; to look at history that was loaded and leave it as it is, "+
			"run without a conductor: --roles warehouse",
			ErrGap, event.FormatDay(s.lastClose), event.FormatDay(s.cal.BusinessDay(s.lastTick)), gap, MaxGap)}
	}
	return nil
}

// checkJump refuses the same in office. What a clock that was set wrongly closes cannot
// be taken back, nor can a TICK: no other is written until its time has come.
func (d *duty) checkJump(s *situation) error {
	if jump := s.jump(); jump > MaxGap && !s.CatchUp {
		return &refusal{fmt.Errorf("%w: the clock says %s, the last TICK was written on %s, and %d days between are not closed, more than %d: "+
			"if the clock is wrong, set it and start the conductor again; if the process or its broker stood still for so long, start the conductor with --catch-up",
			ErrGap, event.FormatDay(s.cal.BusinessDay(s.now.Unix())), event.FormatDay(s.cal.BusinessDay(s.lastTick)), jump, MaxGap)}
	}
	return nil
}
