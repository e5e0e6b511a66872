package oracle

import (
	"fmt"
	"math"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// fact takes a record about a customer that is no transaction.
func (o *Oracle) fact(r *pb.LogRecord) {
	switch {
	case r.Profile != nil:
		o.customer(r.Profile.CustomerId).takeProfile(r.Profile)
	case r.Lifecycle != nil:
		o.customer(r.Lifecycle.CustomerId).lifecycle(r.Lifecycle)
	case r.Rm != nil:
		o.customer(r.Rm.CustomerId).takeRM(r.Rm)
	case r.Credit != nil:
		o.credit(r.Credit)
	case r.Complaint != nil:
		o.customer(r.Complaint.CustomerId).complain(r.Complaint)
	case r.Balance != nil:
		o.customer(r.Balance.CustomerId).snapshot(r.Balance)
	case r.Seed != nil:
		o.customer(r.Seed.CustomerId).seed(r.Seed)
	case r.Override != nil:
		o.customer(r.Override.CustomerId).override(r.Override)
	}
}

// older tells that a stamp was overtaken by a later one (R10).
func older(s, than stamp) bool { return than.after(s) }

func (c *Customer) takeProfile(p *pb.CustomerProfile) {
	at := stamp{p.EventTime, p.SourceSeq}
	if c.profile != nil && older(at, c.profileAt) {
		return
	}
	h, f := c.toldAt("profile", at), fact{says: p.Exited, day: p.SinceDay}
	if c.repeats(h, f) {
		return
	}
	was := c.profile != nil && c.profile.Exited
	if p.SinceDay == 0 {
		// A first day that is known stays.
		p = p.CloneVT()
		p.SinceDay = c.profile.GetSinceDay()
	}
	h.told = append(h.told, f.filled(p.SinceDay, 0))
	c.profile, c.profileAt = p, at
	c.aside(p.BusinessDay)
	c.forget()
	if p.Exited && !was {
		c.leaves(c.Today(), c.Today())
	}
	if !p.Exited && was {
		c.returns()
	}
}

// takeRM only hears of it: nothing that is decided goes by who looks after a customer.
func (c *Customer) takeRM(r *pb.RmAssignment) {
	at := stamp{r.EventTime, r.SourceSeq}
	if old := c.facts["rm"]; old != nil && older(at, old.at) {
		return
	}
	h, f := c.toldAt("rm", at), fact{says: fmt.Sprintf("%q %q", r.RmId, r.BranchPath)}
	if !c.repeats(h, f) {
		h.told = append(h.told, f)
		c.aside(r.BusinessDay)
	}
}

func (c *Customer) lifecycle(l *pb.AccountLifecycle) {
	a := c.account(l.AccountId, l.AccountType, l.Unit)
	at := stamp{l.EventTime, l.SourceSeq}
	if older(at, a.life) {
		return
	}
	h := c.toldAt("account "+l.AccountId, at)
	f := fact{accountSaid{l.AccountType, l.ClosedDay, l.Joint}, l.OpenedDay, l.LimitMinor}
	if a.limit != 0 && a.lent && !older(a.credit, a.life) {
		h.toldOver()
	}
	if c.repeats(h, f) {
		return
	}
	c.aside(l.BusinessDay)
	was := a.closed
	a.life, a.closed, a.joint = at, l.ClosedDay, l.Joint
	if l.OpenedDay != 0 {
		a.opened = l.OpenedDay
	}
	h.told = append(h.told, f.filled(a.opened, a.takeLimit(l.LimitMinor, at, false)))
	c.forget()
	c.closingMoved(was, a.closed)
	if a.closed != 0 && c.allClosed(c.Today()) {
		c.leaves(c.Today(), c.Today())
	}
}

// closingMoved restates from the day whose balance a closing told anew, or taken back,
// changes, or of two such days (R88).
func (c *Customer) closingMoved(was, now Day) {
	switch {
	case was == now:
	case was == 0 || now == 0:
		c.rewritten(max(was, now))
		c.restate(max(was, now))
	default:
		c.rewritten(min(was, now))
		c.restate(was, now)
	}
}

// credit takes a credit status, which makes no account (semantics 2).
func (o *Oracle) credit(s *pb.CreditStatus) {
	c := o.customers[s.CustomerId]
	if c == nil || c.find(s.AccountId) == nil {
		o.out.DeadLetters = append(o.out.DeadLetters, DeadLetter{o.offset, s.CustomerId, "", "unknown_account"})
		return
	}
	c.takeCredit(s, c.find(s.AccountId))
}

func (c *Customer) takeCredit(s *pb.CreditStatus, a *account) {
	at := stamp{s.EventTime, s.SourceSeq}
	if older(at, a.credit) {
		return
	}
	h, f := c.toldAt("credit "+s.AccountId, at), fact{says: s.Dpd, limit: s.LimitMinor}
	if a.limit != 0 && !a.lent && !older(a.life, a.credit) {
		h.toldOver()
	}
	if c.repeats(h, f) {
		return
	}
	c.aside(s.BusinessDay)
	a.credit, a.dpd = at, s.Dpd
	h.told = append(h.told, f.filled(0, a.takeLimit(s.LimitMinor, at, true)))
}

// takeLimit takes the limit that a record tells, 0: none; lent: that of a credit status.
// The last word of either stream stands (R10). It gives the limit if it is of this stream.
func (a *account) takeLimit(n int64, at stamp, lent bool) int64 {
	if n != 0 && !older(at, a.limitAt) {
		a.limit, a.limitAt, a.lent = n, at, lent
	}
	if a.lent != lent {
		return 0
	}
	return a.limit
}

func (c *Customer) complain(x *pb.Complaint) {
	old := c.complaints[x.ComplaintId]
	if old != nil && older(stamp{x.EventTime, x.SourceSeq}, stamp{old.EventTime, old.SourceSeq}) {
		return
	}
	h, f := c.toldAt("complaint "+x.ComplaintId, stamp{x.EventTime, x.SourceSeq}), fact{says: x.Open}
	if c.repeats(h, f) {
		return
	}
	h.told = append(h.told, f)
	c.aside(x.BusinessDay)
	c.complaints[x.ComplaintId] = x
}

// snapshot takes an observed end-of-day balance (R17).
func (c *Customer) snapshot(b *pb.BalanceSnapshot) {
	if a := c.find(b.AccountId); a != nil && a.observed && b.EventTime < a.newest {
		c.leaveOut(pb.VerdictKind_VERDICT_SUPERSEDED) // older than what was observed last (R15)
		return
	}
	if !c.hears("balance "+b.AccountId, stamp{b.EventTime, b.SourceSeq}, b.Day, balanceSaid(b.Balance), true) {
		return
	}
	defer c.atEvent()
	c.o.accepted = true
	c.aside(b.BusinessDay)
	a := c.account(b.AccountId, b.AccountType, b.Unit)
	c.forget()
	if !a.pinned && !a.observed { // whatever was booked before without telling a balance (R173)
		a.pinned, a.pinValue, a.pinDay = true, b.Balance, b.Day
		a.pin, a.told = place{b.Day, math.MaxInt64}, b.Day
		a.observed, a.newest = true, b.EventTime
		c.rewritten(b.Day)
		c.restate(b.Day)
		return
	}
	a.observed, a.newest = true, b.EventTime
	a.told = b.Day
	if a.pin.time == math.MaxInt64 {
		a.told = max(a.told, a.pin.day) // opened by such a balance
	}
	if gap := b.Balance - c.rawBalance(a, b.Day, true); gap != 0 {
		a.heal(b.Day, math.MaxInt64, gap)
		c.o.healed(c, a, b.Day, gap)
		c.forget()
		c.rewritten(b.Day)
		c.restate(b.Day)
	}
}

// allClosed tells that every account is closed on a day.
func (c *Customer) allClosed(d Day) bool {
	for _, a := range c.accounts {
		if a.open_(d) {
			return false
		}
	}
	return len(c.accounts) > 0
}

// leaves ends all schemes of a customer (R35).
func (c *Customer) leaves(decided, effective Day) {
	if c.o.plan == nil {
		return
	}
	for i := range c.o.plan.Schemes {
		s := &c.o.plan.Schemes[i]
		m := c.machine(s)
		if m.state.Standing == pb.Standing_LEFT {
			continue
		}
		was := m.state
		m.state, m.past, m.anew = State{Standing: pb.Standing_LEFT}, nil, c.Today()
		if was.Standing == pb.Standing_ACTIVE {
			c.note([]Change{{
				Scheme: s.Name, Kind: pb.ChangeKind_EXITED, From: s.Tiers[was.Tier].Name,
				FromRank: was.Tier, ToRank: -1, Decided: decided, Effective: effective,
			}})
		}
	}
}

// returns makes a customer who had left NEW again.
func (c *Customer) returns() {
	for _, m := range c.machines {
		if m.state.Standing == pb.Standing_LEFT {
			m.state, m.past, m.anew, c.first = State{Standing: pb.Standing_NEW}, nil, c.Today(), c.Today()
		}
	}
}

// seed imports the bank's own standing (R36). What ended before it is in it (R97).
func (c *Customer) seed(r *pb.TierSeed) {
	s := schemeOf(c.o.plan, r.Scheme)
	rank := -1
	if s != nil {
		rank = rankOf(s.Tiers, r.Tier)
	}
	if !c.hears("standing "+r.Scheme, stamp{r.EventTime, r.SourceSeq}, 0, seedSaid{r.Tier, r.SinceDay, r.GuaranteeUntil, r.Misses}, rank >= 0) {
		return
	}
	c.aside(r.BusinessDay)
	m := c.machine(s)
	was := m.state
	m.past, m.anew = nil, c.Today()
	m.from, m.waiting = c.Today(), nil
	m.state = State{
		Standing: pb.Standing_ACTIVE, Tier: rank, Since: r.SinceDay, Misses: int(r.Misses), Guarantee: r.GuaranteeUntil,
	}
	if r.Misses > 0 {
		m.state.missed = []int{0} // what they reached is not told (R36)
	}
	after := int(s.Tiers[rank].WatchAfter)
	m.state.Watch = after > 0 && m.state.Misses >= after
	ch := Change{
		Scheme: s.Name, Kind: pb.ChangeKind_SEEDED, To: r.Tier, FromRank: -1, ToRank: rank,
		Decided: c.Today(), Effective: r.SinceDay,
	}
	if was.Standing == pb.Standing_ACTIVE {
		ch.From, ch.FromRank = s.Tiers[was.Tier].Name, was.Tier
	}
	c.note([]Change{ch})
}

// override holds a tier by hand (R31).
func (c *Customer) override(r *pb.TierOverride) {
	s := schemeOf(c.o.plan, r.Scheme)
	rank := -1
	if s != nil {
		rank = rankOf(s.Tiers, r.Tier)
	}
	if !c.hears("standing "+r.Scheme, stamp{r.EventTime, r.SourceSeq}, 0, holdSaid{r.Tier, r.UntilDay}, rank >= 0) {
		return
	}
	c.aside(r.BusinessDay)
	m := c.machine(s)
	was := m.state
	today := c.Today()
	again := func(st State) State {
		since := today
		if st.Standing == pb.Standing_ACTIVE && st.Tier == rank {
			since = st.Since
		}
		return State{
			Standing: pb.Standing_ACTIVE, Tier: rank, Since: since, Hold: r.UntilDay,
			Guarantee: st.Guarantee, Protect: st.Protect,
		}
	}
	i := 0
	for i = range c.o.plan.Schemes {
		if &c.o.plan.Schemes[i] == s {
			break
		}
	}
	m.past = append(m.past, step{plan: c.o.plan, scheme: i, at: today, effective: today, before: was.copy(), again: again})
	m.state = again(was)
	ch := Change{
		Scheme: s.Name, Kind: pb.ChangeKind_OVERRIDDEN, To: r.Tier, FromRank: -1, ToRank: rank,
		Decided: today, Effective: today,
	}
	if was.Standing == pb.Standing_ACTIVE {
		ch.From, ch.FromRank = s.Tiers[was.Tier].Name, was.Tier
	}
	c.note([]Change{ch})
}

func rankOf(tiers []policy.Tier, name string) int {
	for i := range tiers {
		if tiers[i].Name == name {
			return i
		}
	}
	return -1
}
