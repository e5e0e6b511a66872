package control

import (
	"time"

	"github.com/tierwatch/tierwatch/sources/event"
)

// Schedule says when time is written. Zero values take the defaults named.
type Schedule struct {
	// TickEvery is how often a TICK is written (1 minute of the clock).
	TickEvery time.Duration
	// CloseAt is the local time of the day after D, from midnight, at which D
	// closes if no source lags by what it reports from then on (nil: 03:00; 0 is midnight).
	CloseAt *time.Duration
	// WaitFor names the sources whose end of day, or watermark, closes D before
	// CloseAt; no other one is waited for. Empty: every source that has reported since
	// the reports began, which are kept for a week.
	WaitFor []string
	// Silence after which a source that does not report counts as lagging
	// (5 minutes of the clock).
	Silence time.Duration
	// CatchUp allows to close a gap of more than MaxGap days.
	CatchUp bool
}

// MaxGap is how many missed days a conductor closes without being told to.
const MaxGap = 7

func (s *Schedule) defaults() {
	if s.TickEvery <= 0 {
		s.TickEvery = time.Minute
	}
	if s.CloseAt == nil {
		s.CloseAt = new(3 * time.Hour)
	}
	if s.Silence <= 0 {
		s.Silence = 5 * time.Minute
	}
}

// situation is all that decides what is due. Its methods are pure.
type situation struct {
	*Schedule
	cal       *event.Calendar
	now       time.Time
	lastTick  int64
	lastClose int32
	force     int32
	sources   progressOf
}

// tickDue returns the time of the TICK to write, 0 if none is due. A clock that
// went back owes none until it is past the last TICK.
func (s *situation) tickDue() int64 {
	at := s.now.Truncate(s.TickEvery).Unix()
	if at <= s.lastTick {
		return 0
	}
	return at
}

// nextTick is when a TICK can be due next.
func (s *situation) nextTick() time.Time {
	return s.now.Truncate(s.TickEvery).Add(s.TickEvery)
}

// closeDue says whether the day after the last close may end now, and if it is
// over but may not, for which sources it waits.
func (s *situation) closeDue() (due bool, waiting []string) {
	day := s.lastClose + 1
	cut := s.cal.Cut(day)
	if s.now.Unix() < cut {
		return false, nil
	}
	if day <= s.force {
		return true, nil
	}
	names := s.WaitFor
	if len(names) == 0 {
		names = s.sources.names()
	}
	passed := len(names) > 0
	for _, name := range names {
		if !s.sources.passed(name, day, cut) {
			passed = false
			if s.sources.lags(name, s.now, s.patience()) {
				waiting = append(waiting, name)
			}
		}
	}
	return passed || len(waiting) == 0 && s.late() >= 0, waiting
}

// late is for how long the day after the last close should have been closed;
// negative: not yet.
func (s *situation) late() time.Duration {
	at := s.cal.UTC(int64(s.lastClose+2)*daySeconds + int64(*s.CloseAt/time.Second))
	return s.now.Sub(time.Unix(at, 0))
}

// patience is for how long a source that was at its end may have told nothing and still
// be taken to be there: Silence, but once the day should be closed, no longer than since
// then. What was told before may lack what the source has got in the last minutes.
func (s *situation) patience() time.Duration {
	if late := s.late(); late >= 0 {
		return min(late, s.Silence)
	}
	return s.Silence
}

const daySeconds = 86400

// gap is how many days are over and not closed.
func (s *situation) gap() int32 {
	return s.cal.BusinessDay(s.now.Unix()) - 1 - s.lastClose
}

// jump is how many of these were not over when the last TICK was written: in office,
// days that the clock has left out.
func (s *situation) jump() int32 {
	return s.gap() - max(0, s.cal.BusinessDay(s.lastTick)-1-s.lastClose)
}

// outage is how many of the days that are over and not closed lie in a gap, for who comes
// into office: days that a source held up while TICKs were written do not. Unless sources
// are named, one that was silent for longer than reports are kept is forgotten by then:
// where nothing holds up the day any more, and no person forces it, all of them do.
func (s *situation) outage() int32 {
	if _, waiting := s.closeDue(); len(waiting) == 0 && len(s.WaitFor) == 0 && s.force <= s.lastClose {
		return s.gap()
	}
	return s.jump()
}
