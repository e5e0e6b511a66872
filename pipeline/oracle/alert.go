package oracle

import (
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Alert is one revision of a case as it was told.
type Alert struct {
	Offset           int64
	Customer, Scheme string
	Code             string
	State            pb.AlertState
	Severity         pb.Severity
	// Revision counts from 1; Opened is the day of the opening, Day that of the
	// revision.
	Revision    int
	Opened, Day Day
	From, To    string
	// FallsOn is the fall told, or the effective day of a change of tier.
	FallsOn, ActBy Day
	Used, Allowed  int
	// Money is nil where none is told.
	Money *Money
	// Reasons are those of a risk or a fall.
	Reasons []Reason
	// Missing are the terms that money does not move and that a risk lacks.
	Missing []Lack
	// Amount is the net outflow of LARGE_OUTFLOW, Assets what was there before it; of
	// NEAR_UPGRADE Amount is the gap, and TopUp the deposit that fills it, nil for none, both
	// where the scheme goes by an amount.
	Amount, Assets, TopUp *big.Int
}

// kase is an alert as a long-lived case, open or closed.
type kase struct {
	code, scheme string
	state        pb.AlertState
	opened       Day
	closed       Day
	revision     int
	told         told
	// from is the rank that a TIER_DOWNGRADED was about.
	from     int
	expires  Day
	nextWait Day
	// ahead is the day of an event that it was told at.
	ahead Day
	// gone is the second since which the condition is false, between CLOSEs; 0: it
	// holds, or nobody looked.
	gone int64
	// since is the second since which other facts hold than were told, 0: none do.
	since int64
	// event is the second of the event that a LARGE_OUTFLOW was seen at.
	event int64
}

// told are the facts whose change is told (R50). Money is seen in the shortfall,
// which nothing but a fact moves.
type told struct {
	severity  pb.Severity
	tier      int
	lands     int
	falls     Day
	misses    int
	shortfall string
	threshold string
	reachable bool
}

func (k *kase) open() bool { return k.state == pb.AlertState_OPEN }

// occasion is the moment of a judgement.
type occasion struct {
	// day is what the revisions are dated, now the UTC second that timers know.
	day     Day
	now     int64
	atClose bool
	// closed is the day that a CLOSE ends.
	closed Day
}

// atPresent is the occasion of a record, or of a TICK.
func (c *Customer) atPresent() occasion {
	return occasion{day: c.Today(), now: max(c.o.tickAt, c.o.cut)}
}

// ruleOf is a code's settings.
func ruleOf(a *policy.Alerts, code string) *policy.Rule {
	return map[string]*policy.Rule{
		"MISS_PROJECTED": &a.MissProjected, "VALUE_DOWNGRADE_PROJECTED": &a.Downgrade, "WATCH_ENTERED": &a.Watch,
		"GRACE_LAST_MONTH": &a.Grace, "TIER_DOWNGRADED": &a.Downgraded, "TIER_UPGRADED": &a.Upgraded,
		"TIER_RESTORED": &a.Restored, "TIER_CORRECTED": &a.Corrected, "NEAR_UPGRADE": &a.NearUpgrade,
		"LARGE_OUTFLOW": &a.LargeOutflow, "ACTIVITY_SILENCE": &a.Silence,
	}[code]
}

func (c *Customer) rule(code string) *policy.Rule { return ruleOf(&c.o.plan.Alerts, code) }

// judgeClose judges all alerts as a CLOSE leaves the customer.
func (c *Customer) judgeClose(d Day, cut int64) {
	c.judge(occasion{day: d + 1, now: cut, atClose: true, closed: d})
}

// judgeEvent judges what a record of the customer's may change.
func (c *Customer) judgeEvent() {
	if c.o.plan == nil || c.o.Sparse || c.o.simulation {
		return
	}
	c.judge(c.atPresent())
}

// judgeStanding judges the risks that tell another standing than the one that the
// bank has just told (R94) or other rules brought (R147), and the news that it has
// overtaken (R49).
func (c *Customer) judgeStanding() {
	if c.o.plan == nil || c.o.Sparse || c.o.simulation {
		return
	}
	at := c.atPresent()
	for i := range c.o.plan.Schemes {
		s := &c.o.plan.Schemes[i]
		st := c.machine(s).state
		c.void(s, at)
		if k := c.openCase(s.Name, gravity...); k != nil && (k.told.tier != st.Tier || k.told.misses != st.Misses) {
			c.expire(s.Name, at)
			c.risks(s, nil, at)
		}
	}
}

// judgeTimers judges what has held, or not, for its hold or dwell when a TICK comes.
func (c *Customer) judgeTimers() {
	if c.o.plan == nil || c.o.Sparse {
		return
	}
	at := c.atPresent()
	for i := range c.o.plan.Schemes {
		s := &c.o.plan.Schemes[i]
		if !c.due(s.Name, at.now) {
			continue
		}
		if c.intraday() {
			c.during(s, nil, at)
			continue
		}
		x := c.prospect(s)
		c.recheck(c.openCase(s.Name, gravity...), &x, s, at)
	}
}

func (c *Customer) dwell(k *kase) int64 { return int64(c.rule(k.code).DwellMinutes) * 60 }

func (c *Customer) judge(at occasion) {
	moves := c.moved()
	for i := range c.o.plan.Schemes {
		s := &c.o.plan.Schemes[i]
		c.void(s, at)
		c.expire(s.Name, at)
		c.news(s, moves, at)
		c.risks(s, moves, at)
		if at.atClose || c.machine(s).state.Standing == pb.Standing_LEFT { // R143
			c.nearUpgrade(s, at)
		}
	}
	if !at.atClose || !c.departed() {
		c.expire("", at)
	}
	c.flowAlerts(at)
}

// moved are the tier changes of the customer by the present record, or, of a
// CLOSE that skips days, since the last look.
func (c *Customer) moved() []Change {
	var out []Change
	for _, ch := range c.o.out.Changes[c.o.from:] {
		if ch.Customer == c.ID && !c.judgedMove(ch) {
			out = append(out, ch)
		}
	}
	return out
}

// judgedMove tells that a change was decided on an earlier day of the same CLOSE.
func (c *Customer) judgedMove(ch Change) bool {
	return c.o.closing && ch.Decided < c.o.lastClose
}

// find the open case of a code in a scheme.
func (c *Customer) openCase(scheme string, codes ...string) *kase {
	for _, k := range c.cases {
		if k.open() && k.scheme == scheme && slices.Contains(codes, k.code) {
			return k
		}
	}
	return nil
}

// cools tells that a new case of a code must wait after the last one.
func (c *Customer) cools(scheme, code string, day Day) bool {
	return slices.ContainsFunc(c.cases, func(k *kase) bool {
		return k.scheme == scheme && k.code == code && k.cools(c.rule(code), day)
	})
}

// cools tells that no other case of the code may open yet. A risk that ended with the
// fall is no flapping: what threatens the new tier is told. News and outflows count from
// their opening.
func (k *kase) cools(rule *policy.Rule, day Day) bool {
	since, event := k.closed, isNews(k.code) || k.code == "LARGE_OUTFLOW"
	if event {
		since = k.opened
	}
	came := k.state == pb.AlertState_EXPIRED && slices.Contains(gravity, k.code)
	return (!k.open() || event) && !came && day < since+rule.CooldownDays
}

// cooled forgets closed cases that have cooled down by the rules that are in force up to a
// day: others do not let them begin again (R192).
func (c *Customer) cooled(old *policy.Plan, day Day) {
	if !c.o.simulation {
		c.cases = slices.DeleteFunc(c.cases, func(k *kase) bool { return !k.open() && k.closed < day && !k.cools(ruleOf(&old.Alerts, k.code), day) })
	}
}

// begin opens a case.
func (c *Customer) beginCase(scheme, code string, at occasion, now told) *kase {
	k := &kase{code: code, scheme: scheme, state: pb.AlertState_OPEN, opened: at.day, told: now}
	c.cases = append(c.cases, k)
	return k
}

// end closes a case and tells it.
func (c *Customer) endCase(k *kase, state pb.AlertState, at occasion) {
	k.state, k.closed = state, at.day
	c.tell(k, at, nil)
}

// tell publishes a revision; look adds what the code says.
func (c *Customer) tell(k *kase, at occasion, look func(*Alert)) {
	k.revision++
	a := Alert{
		Offset: c.o.offset, Customer: c.ID, Scheme: k.scheme, Code: k.code, State: k.state, Severity: k.told.severity,
		Revision: k.revision, Opened: k.opened, Day: at.day,
	}
	if look != nil {
		look(&a)
	}
	c.o.out.Alerts = append(c.o.out.Alerts, a)
}

// expire closes what has been told long enough (R49).
func (c *Customer) expire(scheme string, at occasion) {
	for _, k := range c.cases {
		if k.scheme == scheme && k.open() && k.expires != 0 && at.atClose && at.closed >= k.expires {
			c.endCase(k, pb.AlertState_EXPIRED, at)
		}
	}
}

func text(n *big.Int) string {
	if n == nil {
		return ""
	}
	return n.String()
}
