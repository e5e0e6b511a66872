package tier

import (
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Standing of a customer in a scheme.
type Standing uint8

// The standings. New is the zero value: no tier, no miss, no risk alert.
const (
	New Standing = iota
	Active
	Exited
)

// State is a customer's place in one scheme. The zero State is NEW.
type State struct {
	// Since is the effective day of the present tier.
	Since int32
	// GuaranteeUntil, ProtectUntil and HoldUntil are last days, 0: none.
	GuaranteeUntil, ProtectUntil, HoldUntil int32
	Standing                                Standing
	Tier                                    uint8
	// Misses counts consecutive misses, at most 255.
	Misses uint8
	// Best is the best tier reached in the missed periods.
	Best     uint8
	Watch    bool
	Proposed bool
}

// Assessed is a period whose value is decided.
type Assessed struct {
	Start, End int32
	// Decided is the day of the deciding CLOSE: End + assess_lag.
	Decided int32
	// Reached is the highest tier whose condition held at End; Point the one by the
	// value at Decided (landing by_balance).
	Reached, Point uint8
	// Covered: every day of the period is known.
	Covered bool
}

// Change is what an assessment did.
type Change struct {
	Kind pb.ChangeKind
	// First: he had no tier before, and From means nothing; Last: he has none any more, and
	// To means nothing.
	First, Last        bool
	From, To           uint8
	Decided, Effective int32
}

// Assess runs the machine over one period. At most one change comes of it; ok
// false: none (misses may still have moved).
func (st *State) Assess(s *policy.Scheme, a Assessed) (ch Change, ok bool) {
	switch st.Standing {
	case Exited:
		return ch, false
	case New:
		if !a.Covered && a.Reached == 0 {
			return ch, false
		}
		return st.Enter(s, a.Reached, a.Decided), true
	case Active:
	}
	if st.HoldUntil != 0 && a.End <= st.HoldUntil {
		st.clear()
		return ch, false
	}
	if a.Reached >= st.Tier {
		return st.qualify(s, a)
	}
	if !a.Covered || a.End <= st.ProtectUntil || (!s.GuaranteeCounted && a.End <= st.GuaranteeUntil) {
		return ch, false
	}
	return st.miss(s, a)
}

func (st *State) clear() { st.Misses, st.Best, st.Watch, st.Proposed = 0, 0, false, false }

// Enter gives a NEW customer his first tier, effective the day after decided.
func (st *State) Enter(s *policy.Scheme, reached uint8, decided int32) Change {
	*st = State{Standing: Active, Tier: reached, Since: decided + 1}
	if s.ProtectMonths > 0 {
		st.ProtectUntil = day.Through(st.Since, s.ProtectMonths)
	}
	return Change{Kind: pb.ChangeKind_ENTERED, First: true, To: reached, Decided: decided, Effective: decided + 1}
}

func (st *State) qualify(s *policy.Scheme, a Assessed) (ch Change, ok bool) {
	watched := st.Watch
	st.clear()
	if a.Reached > st.Tier {
		eff := a.Decided + 1
		if s.Upgrade == policy.NextPeriod {
			eff = a.End + 1
		}
		return st.Lift(s, a.Reached, a.Decided, eff), true
	}
	if watched {
		return Change{Kind: pb.ChangeKind_WATCH_CLEARED, From: st.Tier, To: st.Tier, Decided: a.Decided, Effective: a.Decided + 1}, true
	}
	return ch, false
}

// Lift raises the tier; misses and watch are cleared, a guarantee begins.
func (st *State) Lift(s *policy.Scheme, to uint8, decided, effective int32) Change {
	ch := Change{Kind: pb.ChangeKind_UPGRADED, From: st.Tier, To: to, Decided: decided, Effective: effective}
	st.clear()
	st.Tier, st.Since = to, effective
	if s.GuaranteeMonths > 0 {
		st.GuaranteeUntil = day.Through(effective, s.GuaranteeMonths)
	}
	return ch
}

func (st *State) miss(s *policy.Scheme, a Assessed) (ch Change, ok bool) {
	t := &s.Tiers[st.Tier]
	if st.Misses < 255 {
		st.Misses++
	}
	st.Best = max(st.Best, a.Reached)
	ch = Change{From: st.Tier, To: st.Tier, Decided: a.Decided, Effective: a.Decided + 1}
	due := t.DownAfter > 0 && st.Misses >= t.DownAfter
	switch {
	case due && a.Decided+1 > st.GuaranteeUntil && s.Review:
		ch.Kind, ch.To = pb.ChangeKind_DOWN_PROPOSED, st.landing(t, a)
		first := !st.Proposed
		st.Proposed, st.Watch = true, true
		return ch, first
	case due && a.Decided+1 > st.GuaranteeUntil:
		ch.Kind, ch.To = pb.ChangeKind_DOWNGRADED, st.landing(t, a)
		st.clear()
		st.Tier, st.Since = ch.To, ch.Effective
		return ch, true
	case !st.Watch && t.WatchAfter > 0 && st.Misses >= t.WatchAfter:
		st.Watch = true
		ch.Kind = pb.ChangeKind_WATCH
		return ch, true
	}
	return ch, false
}

// landing is where a fall ends: always below the present tier (rule R33).
func (st *State) landing(t *policy.Tier, a Assessed) uint8 {
	to := st.Tier - 1
	switch t.Lands {
	case policy.Last:
		to = a.Reached
	case policy.Best:
		to = st.Best
	case policy.ByBalance:
		to = a.Point
	case policy.OneDown:
	}
	return min(to, st.Tier-1)
}

// Hold sets the tier by hand through until (rule R31), effective on day d.
func (st *State) Hold(tier uint8, d, until int32) Change {
	ch := Change{Kind: pb.ChangeKind_OVERRIDDEN, First: st.Standing != Active, From: st.Tier, To: tier, Decided: d, Effective: d}
	if st.Standing != Active || st.Tier != tier {
		st.Since = d
	}
	st.clear()
	st.Standing, st.Tier, st.HoldUntil = Active, tier, until
	return ch
}

// Seed imports the bank's own standing (rule R36).
func (st *State) Seed(s *policy.Scheme, tier, misses uint8, since, guarantee, d int32) Change {
	ch := Change{Kind: pb.ChangeKind_SEEDED, First: st.Standing != Active, From: st.Tier, To: tier, Decided: d, Effective: since}
	*st = State{Standing: Active, Tier: tier, Misses: misses, Since: since, GuaranteeUntil: guarantee}
	t := &s.Tiers[tier]
	st.Watch = t.WatchAfter > 0 && misses >= t.WatchAfter
	return ch
}

// Exit ends the customer's standing (rule R35).
func (st *State) Exit(d int32) Change {
	ch := Change{Kind: pb.ChangeKind_EXITED, Last: true, From: st.Tier, To: st.Tier, Decided: d, Effective: d}
	*st = State{Standing: Exited, Tier: st.Tier}
	return ch
}
