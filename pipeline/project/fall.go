package project

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// World is a customer under no activity: no further record but TICK and CLOSE.
type World interface {
	// Assess gives what the period will have been when it is decided.
	Assess(start, end, decided int32) tier.Assessed
	// Reached is the highest tier by the values as of the CLOSE of day d; secured
	// asks for the open period's sum so far instead (semantics 5, when_secured).
	Reached(d int32, secured bool) uint8
	// Found is the highest tier as the rules find him with their first day d (rule R76).
	Found(d int32) uint8
	// NextChange is the first day after d on which any value may differ from that
	// of the day before, 0: none will.
	NextChange(d int32) int32
	// SteadyFrom is a day such that all periods that begin on or after it come out
	// alike, 0: there is none.
	SteadyFrom() int32
}

// Switch is a policy activation that is in the log already.
type Switch struct {
	// Day is the effective day; Scheme nil: the scheme is gone.
	Day    int32
	Scheme *policy.Scheme
	World  World
	// Map carries the state over.
	Map func(*tier.State)
}

// Fall is the first fall under no activity.
type Fall struct {
	// On is the effective day, 0: none within the horizon.
	On int32
	// From and To are tiers in force; alike where no other tells the fall (rule R139).
	From, To uint8
	// PeriodStart and PeriodEnd bound the period that causes it.
	PeriodStart, PeriodEnd int32
	// Proposed: the scheme only proposes it (on_down: review).
	Proposed bool
}

// Unnamed tells whether no other tier in force can tell where a fall ends.
func (f *Fall) Unnamed() bool { return f.From == f.To }

// Run is one look ahead.
type Run struct {
	// Scheme holds the rules in force; after Fall, those whose ranks the fall tells, which
	// may be rules to come.
	Scheme *policy.Scheme
	State  tier.State
	// NextEnd is the end of the first undecided period, Today the first day not
	// closed, Horizon the last effective day looked at.
	NextEnd, Today, Horizon int32
	// Waiting are periods before it that are decided first, by rules of their own.
	Waiting  []Waiting
	World    World
	Switches []Switch
	// present is the tier that must be fallen from.
	present uint8
	// decided is the CLOSE of the period that was decided last of those that waited: none
	// behind it is decided before.
	decided int32
}

// Waiting is a period that has ended and waits for the CLOSE that decides it.
type Waiting struct{ Start, End, Decided int32 }

// Horizon is how far a scheme is looked ahead, in days (rule R42).
func Horizon(p *policy.Plan, s *policy.Scheme) int32 {
	var down int32
	for i := range s.Tiers {
		down = max(down, int32(s.Tiers[i].DownAfter))
	}
	period := int32(1)
	switch s.Assess {
	case policy.AssessMonth:
		period = 31
	case policy.AssessQuarter:
		period = 92
	case policy.AssessDays:
		period = s.N
	case policy.AssessEvent:
	}
	return min(800, p.LongestWindow+(down+2)*period+s.LagDays)
}

// Fall looks for the first lower tier.
func (r *Run) Fall() Fall {
	if r.State.Standing == tier.Exited {
		return Fall{}
	}
	r.present = r.State.Tier
	if len(r.Waiting) > 0 {
		list := make([]tier.Assessed, 0, len(r.Waiting))
		for i, x := range r.Waiting {
			if i > 0 {
				x.Decided = max(x.Decided, list[i-1].Decided) // in order
			}
			list = append(list, r.World.Assess(x.Start, x.End, x.Decided))
		}
		if f, ok := r.waitOut(list); ok {
			return f
		}
	}
	if r.NextEnd != 0 {
		start, _ := tier.Period(r.Scheme, r.NextEnd)
		r.liftWithin(r.Today, start-1)
	}
	for r.NextEnd != 0 && r.comes() < r.Horizon {
		start, end := tier.Period(r.Scheme, r.NextEnd)
		decided := max(end+r.Scheme.LagDays, r.decided)
		if r.switchBefore(end) {
			continue
		}
		if r.switchesBy(decided) {
			if f, ok := r.waitOut(r.waiting(nil)); ok {
				return f
			}
			continue
		}
		r.liftWithin(start, end)
		a := r.World.Assess(start, end, decided)
		if f, ok := r.step(a); ok {
			return f
		}
		if steady := r.World.SteadyFrom(); steady != 0 && start >= steady && len(r.Switches) == 0 &&
			r.State.Standing == tier.Active && a.Reached == r.State.Tier {
			return Fall{}
		}
		r.NextEnd = r.next(end, a)
	}
	return Fall{}
}

// comes is the day of what comes next: the end of a period, or other rules before it.
func (r *Run) comes() int32 {
	if len(r.Switches) > 0 {
		return min(r.NextEnd, r.Switches[0].Day)
	}
	return r.NextEnd
}

// switchesBy tells whether other rules come into force before the CLOSE of day d.
func (r *Run) switchesBy(d int32) bool { return len(r.Switches) > 0 && r.Switches[0].Day <= d }

// waiting appends the periods that end under the present rules and wait, for their lag or
// for those before them, while the next rules come: valued by their own (rule R91).
func (r *Run) waiting(list []tier.Assessed) []tier.Assessed {
	for r.NextEnd != 0 && r.NextEnd < r.Switches[0].Day {
		start, end := tier.Period(r.Scheme, r.NextEnd)
		r.liftWithin(start, end)
		decided := max(end+r.Scheme.LagDays, r.decided)
		if n := len(list); n > 0 {
			decided = max(decided, list[n-1].Decided)
		}
		list = append(list, r.World.Assess(start, end, decided))
		_, r.NextEnd = tier.Period(r.Scheme, end+1)
	}
	return list
}

// waitOut decides periods that wait, each by the rules in force at its CLOSE: of several
// that come until then, the last. ok: it is known what comes, a fall or that the scheme is
// gone before.
func (r *Run) waitOut(list []tier.Assessed) (f Fall, ok bool) {
	for i := 0; i < len(list); i++ {
		for r.switchesBy(list[i].Decided) {
			sw := r.Switches[0]
			if sw.Scheme == nil {
				return Fall{}, true // nobody is left to decide about the period
			}
			list = r.waiting(list)
			for k := i; k < len(list); k++ {
				list[k].Reached, list[k].Point = sw.rank(list[k].Reached), sw.rank(list[k].Point)
			}
			r.switchBefore(sw.Day)
		}
		r.liftWithin(r.Today, list[i].Decided-1)
		r.Today, r.decided = max(r.Today, list[i].Decided), list[i].Decided
		if f, ok = r.step(list[i]); ok {
			return f, true
		}
	}
	return Fall{}, false
}

// rank is what a tier's rank becomes.
func (s *Switch) rank(t uint8) uint8 {
	st := tier.State{Standing: tier.Active, Tier: t}
	s.Map(&st)
	return st.Tier
}

// step runs the machine over one period.
func (r *Run) step(a tier.Assessed) (Fall, bool) {
	ch, ok := r.State.Assess(r.Scheme, a)
	if !ok || (ch.Kind != pb.ChangeKind_DOWNGRADED && ch.Kind != pb.ChangeKind_DOWN_PROPOSED) {
		return Fall{}, false
	}
	if ch.To >= r.present && r.State.Standing == tier.Active && ch.From != r.present {
		return Fall{}, false
	}
	return Fall{
		On: ch.Effective, From: ch.From, To: ch.To, PeriodStart: a.Start, PeriodEnd: a.End,
		Proposed: ch.Kind == pb.ChangeKind_DOWN_PROPOSED,
	}, ch.Effective <= r.Horizon
}

// next is the end of the following period. Where a period is a single day and
// nothing can change until a later one, days that cannot alter the state are
// jumped over: the tier qualifies and stays so.
func (r *Run) next(end int32, a tier.Assessed) int32 {
	_, n := tier.Period(r.Scheme, end+1)
	if n != end+1 || a.Reached < r.State.Tier || r.State.Standing != tier.Active {
		return n
	}
	if c := r.World.NextChange(end); c > n {
		n = c
	} else if c == 0 {
		n = r.Horizon
	}
	if len(r.Switches) > 0 { // days that wait for their lag then are decided before those behind them
		n = min(n, max(end+1, r.Switches[0].Day-r.Scheme.LagDays))
	}
	return n
}

// Lift applies to a state the lifts of the days from … to that need no assessment.
func Lift(st *tier.State, s *policy.Scheme, w World, from, to int32) {
	r := Run{Scheme: s, State: *st, World: w, Today: from}
	r.liftWithin(from, to)
	*st = r.State
}

// liftWithin applies lifts of the open period that need no assessment, of the days on
// which the rules are in force.
func (r *Run) liftWithin(start, end int32) {
	secured := r.Scheme.Upgrade == policy.WhenSecured
	if (!secured && r.Scheme.Upgrade != policy.Immediate) || r.State.Standing != tier.Active {
		return
	}
	if len(r.Switches) > 0 {
		end = min(end, r.Switches[0].Day-1)
	}
	for d := max(start, r.Today, r.State.HoldUntil+1); d <= end; {
		if to := r.World.Reached(d, secured); to > r.State.Tier {
			r.State.Lift(r.Scheme, to, d, d+1)
		}
		if secured {
			d++
			continue
		}
		if d = r.World.NextChange(d); d == 0 {
			return
		}
	}
}

// switchBefore applies an activation that takes effect on or before end, after what the
// days before it lift, and what it lifts itself: with the CLOSE that brings it other rules
// may take its place.
func (r *Run) switchBefore(end int32) bool {
	if len(r.Switches) == 0 || r.Switches[0].Day > end {
		return false
	}
	sw := r.Switches[0]
	start, _ := tier.Period(r.Scheme, r.NextEnd)
	r.liftWithin(start, sw.Day-1)
	r.Today = max(r.Today, sw.Day)
	r.Switches = r.Switches[1:]
	if sw.Scheme == nil {
		r.NextEnd = 0
		return true
	}
	sw.Map(&r.State)
	r.present = sw.rank(r.present)
	r.Scheme, r.World = sw.Scheme, sw.World
	_, r.NextEnd = tier.Period(sw.Scheme, sw.Day)
	if st := &r.State; sw.Scheme.Upgrade == policy.Immediate && st.Standing == tier.Active && sw.Day > st.HoldUntil {
		if to := sw.World.Found(sw.Day); to > st.Tier {
			st.Lift(sw.Scheme, to, sw.Day, sw.Day)
		}
	}
	return true
}
