package oracle

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// State is a customer's standing in a scheme.
type State struct {
	Standing pb.Standing
	Tier     int
	Misses   int
	Watch    bool
	// Since is the effective day of the tier.
	Since Day
	// Guarantee, Protect and Hold are last days, 0: none.
	Guarantee, Protect, Hold Day
	// Proposed: a fall was proposed and not yet withdrawn.
	Proposed bool
	// missed are the tiers reached in the present run of misses.
	missed []int
}

func (s State) copy() State {
	s.missed = append([]int(nil), s.missed...)
	return s
}

// machine is one scheme of one customer.
type machine struct {
	state State
	// past are the steps that may be run again, oldest first.
	past []step
	// anew is the day since which the past is kept.
	anew Day
	// from is the first day whose period the present rules assess for him; waiting
	// are the periods that ended before it and wait for their lag (R91).
	from    Day
	waiting []waiting
}

// waiting is a period to be decided at a CLOSE by rules that are no longer in force.
type waiting struct {
	plan   *policy.Plan
	scheme int
	period Period
	at     Day
	// since are the rules of the scheme that came into force since, by way of which its
	// tiers are followed (R179).
	since []*policy.Scheme
}

// became is a tier of the rules of a period in those that decide it.
func (w *waiting) became(rank int) int {
	was := &w.plan.Schemes[w.scheme]
	for _, now := range w.since {
		was, rank = now, rankUnder(was, now, rank)
	}
	return rank
}

// step is something that happened to a machine: an assessment (result set), or
// another act that is done again as it was.
type step struct {
	plan   *policy.Plan
	scheme int
	// at is the CLOSE that decided, cut its second; effective is the first day that was not
	// closed, or whose CLOSE did not know of it.
	at        Day
	cut       int64
	effective Day
	before    State
	result    *Result
	// landing is the tier by the point value, beside a result.
	landing int
	again   func(State) State
	// rules and rank are those by which the period is valued, if they are not plan
	// and scheme.
	rules *waiting
	// remap: another policy came into force, with ranks of its own.
	remap bool
}

func (c *Customer) machine(s *policy.Scheme) *machine {
	m := c.machines[s.Name]
	if m == nil {
		m = &machine{state: State{Standing: pb.Standing_NEW}}
		c.machines[s.Name] = m
	}
	return m
}

// verdictOn decides a period: it gives the state after it and the changes.
func verdictOn(s *policy.Scheme, before State, r *Result, landing int, decided, effective Day) (State, []Change) {
	st := before.copy()
	ch := func(kind pb.ChangeKind, from, to int, day Day) Change {
		return Change{
			Scheme: s.Name, Kind: kind, From: s.Tiers[from].Name, To: s.Tiers[to].Name, FromRank: from, ToRank: to,
			Decided: decided, Effective: day, Misses: st.Misses, Watch: st.Watch, Period: r.Period, Value: r.Value,
		}
	}
	switch {
	case st.Standing == pb.Standing_LEFT:
		return st, nil
	case st.Standing == pb.Standing_NEW:
		if !r.Covered && r.Reached == 0 {
			return st, nil
		}
		st = enter(s, st, r.Reached, effective)
		e := ch(pb.ChangeKind_ENTERED, r.Reached, r.Reached, effective)
		e.From, e.FromRank = "", -1
		return st, []Change{e}
	case st.Hold != 0 && r.Period.End <= st.Hold:
		return st, nil
	case r.Reached > st.Tier:
		from := st.Tier
		day := effective
		if s.Upgrade == policy.NextPeriod {
			day = r.Period.End + 1
		}
		st = lift(s, st, r.Reached, day)
		return st, []Change{ch(pb.ChangeKind_UPGRADED, from, r.Reached, day)}
	case r.Reached == st.Tier:
		watched := st.Watch
		st.Misses, st.Watch, st.Proposed, st.missed = 0, false, false, nil
		if watched {
			return st, []Change{ch(pb.ChangeKind_WATCH_CLEARED, st.Tier, st.Tier, effective)}
		}
		return st, nil
	case !r.Covered,
		r.Period.End <= st.Protect,
		!s.GuaranteeCounted && r.Period.End <= st.Guarantee:
		return st, nil
	}
	return miss(s, st, r, landing, effective, ch)
}

// miss counts a miss: perhaps the watch, perhaps the fall.
func miss(s *policy.Scheme, st State, r *Result, landing int, effective Day,
	ch func(pb.ChangeKind, int, int, Day) Change,
) (State, []Change) {
	tier := &s.Tiers[st.Tier]
	st.Misses = min(st.Misses+1, 255)
	st.missed = append(st.missed, r.Reached)
	falls := tier.DownAfter > 0 && st.Misses >= int(tier.DownAfter) &&
		(!s.GuaranteeCounted || effective > st.Guarantee)
	if falls && s.Review {
		var out []Change
		if !st.Proposed {
			out = append(out, ch(pb.ChangeKind_DOWN_PROPOSED, st.Tier, lands(s, &st, r, landing), effective))
		}
		st.Proposed = true
		st.Watch = st.Watch || tier.WatchAfter > 0 && st.Misses >= int(tier.WatchAfter)
		return st, out
	}
	if falls {
		to := lands(s, &st, r, landing)
		out := []Change{ch(pb.ChangeKind_DOWNGRADED, st.Tier, to, effective)}
		st.Tier, st.Misses, st.Watch, st.Since, st.missed, st.Proposed = to, 0, false, effective, nil, false
		return st, out
	}
	if !st.Watch && tier.WatchAfter > 0 && st.Misses >= int(tier.WatchAfter) {
		st.Watch = true
		return st, []Change{ch(pb.ChangeKind_WATCH, st.Tier, st.Tier, effective)}
	}
	return st, nil
}

// lands is the rank on which a fall ends (R33).
func lands(s *policy.Scheme, st *State, r *Result, byBalance int) int {
	to := r.Reached
	switch s.Tiers[st.Tier].Lands {
	case policy.Best:
		for _, rank := range st.missed {
			to = max(to, rank)
		}
	case policy.OneDown:
		to = st.Tier - 1
	case policy.ByBalance:
		to = byBalance
	case policy.Last:
	}
	return min(to, st.Tier-1)
}

func enter(s *policy.Scheme, st State, rank int, day Day) State {
	st = State{Standing: pb.Standing_ACTIVE, Tier: rank, Since: day}
	if s.ProtectMonths > 0 {
		st.Protect = monthsRun(day, s.ProtectMonths)
	}
	return st
}

func lift(s *policy.Scheme, st State, rank int, day Day) State {
	st.Tier, st.Since, st.Misses, st.Watch, st.Proposed, st.missed = rank, day, 0, false, false, nil
	if s.GuaranteeMonths > 0 {
		st.Guarantee = monthsRun(day, s.GuaranteeMonths)
	}
	return st
}

// asked is what a tier asks of the scheme's lead.
func asked(s *policy.Scheme, rank int) int64 {
	for _, t := range s.Tiers[rank].Cond.Terms {
		if s.Lead >= 0 && t.Metric == s.Lead || s.LeadScore >= 0 && t.Score == s.LeadScore {
			return t.From
		}
	}
	return 0
}

// note completes changes and keeps them.
func (c *Customer) note(changes []Change) {
	for _, ch := range changes {
		ch.Offset, ch.Customer = c.o.offset, c.ID
		if m := c.machines[ch.Scheme]; m != nil {
			ch.Misses, ch.Watch = m.state.Misses, m.state.Watch
		}
		if ch.Threshold == 0 && max(ch.FromRank, ch.ToRank) >= 0 {
			ch.Threshold = asked(schemeOf(c.o.plan, ch.Scheme), max(ch.FromRank, ch.ToRank))
		}
		ch.Untold = ch.Kind == pb.ChangeKind_ENTERED && ch.ToRank == 0 && schemeOf(c.o.plan, ch.Scheme).SilentEntry
		c.o.out.Changes = append(c.o.out.Changes, ch)
	}
}
