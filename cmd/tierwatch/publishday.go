package main

import (
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
)

// publication is a policy about to be published, beside what its deployment has.
type publication struct {
	version uint32
	asked   int32 // the day named, 0: none
	// The same version as published before, and whether it waits to be written into the
	// log; nil: it is new.
	again *pb.PolicyPublication
	waits bool
	// older is the older version that comes into force last, with its day, 0: as soon as
	// possible; nil: there is none but the first, with which the log begins.
	older *pb.PolicyDay
	// written is where the log stands.
	written *pb.TimeProgress
	// today is the day of the clock by which a conductor would write it, 0: the log's.
	today int32
}

// newPublication compares with what has been published. today: see publication.
func newPublication(t *control.Table, version uint32, asked, today int32) publication {
	p := publication{version: version, asked: asked, written: t.Time, today: today}
	if p.written == nil {
		p.written = &pb.TimeProgress{}
	}
	first := true
	for _, one := range t.Publications(0) {
		switch {
		case one.Policy == nil:
			continue
		case one.Policy.Version == version:
			p.again, p.waits = one.Policy, one.Offset >= p.written.ControlNext && p.inLog(version) == nil
		case !first && one.Policy.Version < version:
			d := p.inLog(one.Policy.Version)
			if d == nil {
				d = &pb.PolicyDay{Version: one.Policy.Version, EffectiveDay: one.Policy.EffectiveDay}
			}
			if p.older == nil || d.EffectiveDay >= p.older.EffectiveDay {
				p.older = d
			}
		}
		first = false
	}
	return p
}

// inLog is a version in the log, nil: it is not.
func (p *publication) inLog(version uint32) *pb.PolicyDay {
	for _, d := range p.written.Policies {
		if d.Version == version {
			return d
		}
	}
	return nil
}

// refused says why it would have no effect, by the log's clock, or begin later than asked
// (rules R135, R178).
func (p *publication) refused() error {
	if p.again != nil && !p.waits {
		from, state := inForce(p.written, p.version, false)
		at := "it is in the log already"
		if from != "-" {
			at += " (first day " + from + ", " + state + ")"
		}
		return fmt.Errorf("version: %d: %s, so it would be ignored: write version: %d", p.version, at, p.version+1)
	}
	if earliest := p.earliest(); p.asked > 0 && earliest > 0 && p.asked < earliest {
		return fmt.Errorf("--from %s: %s the first day that a policy can still begin on is %s: name it or a later one, or leave --from out",
			event.FormatDay(p.asked), p.stands(), event.FormatDay(earliest))
	}
	if p.asked > 0 && p.older != nil && p.asked < p.older.EffectiveDay {
		day := event.FormatDay(p.older.EffectiveDay)
		return fmt.Errorf("--from %s: version %d is still to come, on %s, and no later version comes before it: name that day, on which this one takes its place, or a later one, or leave --from out",
			event.FormatDay(p.asked), p.older.Version, day)
	}
	return nil
}

// earliest is the first day that the log has not begun; 0: it has no clock.
func (p *publication) earliest() int32 {
	if p.written.TickAt == 0 {
		return 0
	}
	return max(p.written.BusinessDay+1, p.written.LastClose+2)
}

func (p *publication) stands() string {
	text := "the log's clock is at " + event.FormatDay(p.written.BusinessDay)
	if p.written.LastClose > 0 {
		text += ", days are closed through " + event.FormatDay(p.written.LastClose)
	}
	return text + ";"
}

// when says from which day it is effective.
func (p *publication) when() string {
	switch {
	case p.asked == 0:
		return "as soon as possible"
	case p.written.TickAt == 0 && p.written.Policies == nil:
		return "from " + event.FormatDay(p.asked)
	}
	return "from " + event.FormatDay(p.asked) + ", if it is written into the log before"
}

// notes are what a person should know: what it takes the place of, and when the log's
// clock is behind the conductor's.
func (p *publication) notes() []string {
	var list []string
	if p.again != nil {
		was := "as soon as possible"
		if p.again.EffectiveDay > 0 {
			was = "from " + event.FormatDay(p.again.EffectiveDay)
		}
		list = append(list, fmt.Sprintf("version %d waited to be written into the log, effective %s: this publication takes its place", p.version, was))
	}
	if o := p.older; o != nil && o.EffectiveDay > p.written.LastClose+1 && p.written.LastClose > 0 {
		list = append(list, fmt.Sprintf("version %d is still to come, on %s: this one comes after it, or in its place on that day", o.Version, event.FormatDay(o.EffectiveDay)))
	}
	earliest := p.earliest()
	if earliest == 0 || p.today+1 <= max(p.asked, earliest) {
		return list
	}
	text := fmt.Sprintf("%s a conductor (`tierwatch run`) started now puts it into force on %s, the day after today, and every day before is closed under the rules there are",
		p.stands(), event.FormatDay(p.today+1))
	if p.asked > 0 && !p.written.Live {
		text += "; on " + event.FormatDay(p.asked) + " it comes into force only if a `tierwatch load` brings the log there first"
	}
	return append(list, text)
}
