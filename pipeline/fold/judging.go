package fold

import (
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// scratch is memory reused between calls; nothing in it outlives one.
type scratch struct {
	text   []byte
	points []int32
	values []int64
	pairs  []ledger.Pair
	chain  []told
	// moves are the tier changes of the record being folded, by scheme; moved
	// counts them.
	moves  [][]alert.Move
	moved  int
	cases  []alert.Case
	facts  alert.Facts
	idle   idle
	totals []metric.Total
	// asks are what the terms of tiers ask as a deposit.
	asks  []int64
	again again
	days  days
	// results are the periods that are run again.
	results []tier.Result
	// foreseen: the ledger of a customer shows heals that are still to come.
	foreseen bool
	// on is the account of the event being folded.
	on string
}

// noteMove remembers a tier change that a person hears of.
func (p *Partition) noteMove(s int, ch tier.Change) {
	m := alert.Move{From: ch.From, To: ch.To, EffectiveDay: ch.Effective}
	switch ch.Kind {
	case pb.ChangeKind_DOWNGRADED:
		m.Code = alert.TierDowngraded
	case pb.ChangeKind_UPGRADED:
		m.Code = alert.TierUpgraded
	case pb.ChangeKind_WATCH_CLEARED:
		m.Code = alert.TierRestored
	case pb.ChangeKind_CORRECTED:
		m.Code = alert.TierCorrected
	case pb.ChangeKind_DOWN_PROPOSED:
		m.Proposed = true
	default:
		return
	}
	for len(p.scratch.moves) <= s {
		p.scratch.moves = append(p.scratch.moves, nil)
	}
	p.scratch.moves[s] = append(p.scratch.moves[s], m)
	p.scratch.moved++
}

func (p *Partition) takeMoves(s int) []alert.Move {
	if s >= len(p.scratch.moves) {
		return nil
	}
	m := p.scratch.moves[s]
	p.scratch.moves[s] = m[:0]
	p.scratch.moved -= len(m)
	return m
}

// look judges every scheme's alerts and the customer's own at a CLOSE, with fresh
// projections.
func (p *Partition) look(slot ledger.Slot, day int32) {
	if p.plans.active == nil {
		return
	}
	rules := &p.plans.active.plan.Alerts
	for s := range p.places(slot) {
		f := p.facts(slot, s, true)
		p.judge(slot, f)
		if due := alert.NextDue(p.casesOf(slot), rules, f); due != alert.Never {
			// Facts.Day is the day after the CLOSE that decides.
			p.dueAt(slot, max(due-1, day+1))
		}
	}
	f := p.customerFacts(slot, day, true)
	p.judge(slot, f)
	if due := alert.NextDue(p.casesOf(slot), rules, f); due != alert.Never {
		p.dueAt(slot, max(due-1, day+1))
	}
	p.setTimer(slot)
}

// judgeEvent judges after a record, which may be an event: what the tier machine did, and with `hold` set
// the projection too. An open risk alert that tells an older standing is judged with
// the projection as it stands; without hold nothing opens (rules R73, R94).
func (p *Partition) judgeEvent(slot ledger.Slot, event bool) {
	intraday := p.plans.active.intraday
	timed := intraday
	for s := range p.places(slot) {
		var f *alert.Facts
		moved := s < len(p.scratch.moves) && len(p.scratch.moves[s]) > 0
		switch {
		case intraday:
			f = p.facts(slot, s, false)
		case (event || moved) && p.overtaken(slot, s, moved):
			f = p.facts(slot, s, false)
			f.Keep, timed = true, true
		case moved:
			f = p.base(slot, s, false)
			f.Moves = p.takeMoves(s)
			f.Lost = p.lost(slot, s, f, p.opened(slot, s))
		default:
			continue
		}
		p.judge(slot, f)
	}
	if timed {
		p.setTimer(slot)
	}
}

// judgeStanding judges what is open of a scheme whose standing the bank has told, or
// other rules have brought: a risk that tells another, the news of a fall that is
// regained. Nothing opens by that (rules R49, R73, R94, R147).
func (p *Partition) judgeStanding(slot ledger.Slot, s int) {
	if p.plans.active == nil || p.plans.active.intraday {
		return // with hold it is judged already
	}
	if !p.overtaken(slot, s, false) {
		if p.regained(slot, s) {
			p.judge(slot, p.base(slot, s, false))
		}
		return
	}
	f := p.facts(slot, s, false)
	f.Keep = true
	p.judge(slot, f)
	p.setTimer(slot)
}

// regained tells whether the news of a fall is open whose tier is his again.
func (p *Partition) regained(slot ledger.Slot, s int) bool {
	pl := &p.places(slot)[s]
	for _, c := range p.casesOf(slot) {
		if int(c.Scheme) == s && c.Code == alert.TierDowngraded && c.State == alert.Open && pl.Standing == tier.Active && pl.Tier >= c.From {
			return true
		}
	}
	return false
}

// overtaken tells whether a risk alert of a scheme is open that tells another
// standing than the present one; moved: the standing has just changed.
func (p *Partition) overtaken(slot ledger.Slot, s int, moved bool) bool {
	pl := &p.places(slot)[s]
	for _, c := range p.casesOf(slot) {
		if int(c.Scheme) == s && c.Code <= alert.DowngradeProjected && c.State == alert.Open &&
			(moved || c.From != pl.Tier || c.Misses != pl.Misses) {
			return true
		}
	}
	return false
}

// judgeGone ends a scheme's alerts: the customer has left.
func (p *Partition) judgeGone(slot ledger.Slot, s int) {
	f := p.base(slot, s, false)
	p.takeMoves(s)
	p.judge(slot, f)
}

func (p *Partition) casesOf(slot ledger.Slot) []alert.Case {
	x := p.extra.At(slot)
	return p.cases.Block(x.cases)[:x.nCases]
}

// judge runs the alert machine and publishes what it says.
func (p *Partition) judge(slot ledger.Slot, f *alert.Facts) {
	rules := &p.plans.active.plan.Alerts
	held := p.casesOf(slot)
	c := p.store.At(slot)
	p.judging = slot
	cs := alert.Judge(rules, c.Hash, f, append(p.scratch.cases[:0], held...), p.tell)
	p.scratch.cases = cs
	x := p.extra.At(slot)
	if len(cs) == 0 {
		x.nCases = 0
		return
	}
	x.cases = p.cases.Grow(x.cases, 0, len(cs))
	copy(p.cases.Block(x.cases), cs)
	x.nCases = uint16(len(cs))
}

// publish renders one revision.
func (p *Partition) publish(slot ledger.Slot, r *alert.Revision) {
	c := p.store.At(slot)
	who := p.person(slot)
	ctx := alert.RenderContext{
		Plan: p.plans.active.plan, Customer: who, Position: p.position(KindAlert), Mode: p.mode(),
		Currency: p.engine.BaseCurrency, MinorDigits: minorDigits(p.engine.BaseCurrency),
		UTCOffset: p.offsetUTC, OffsetKnown: p.clock.TickAt != 0 && p.engine.TimeZone != "",
		ComplaintsKnown: c.Complaints > 0, Complaints: int(c.Complaints),
	}
	var out pb.Alert
	alert.Render(r, &ctx, &out)
	p.emit(KindAlert, who.Id, uint8(ctx.Position.SubIndex), &out)
}

// reliveCustomer gives each open alert one further revision with mode LIVE.
func (p *Partition) reliveCustomer(slot ledger.Slot) {
	if p.plans.active == nil || p.extra.At(slot).nCases == 0 {
		return
	}
	day := p.clock.LastClose
	if c := p.store.At(slot); c.Closed < day {
		c.Closed = day // he slept through the days since: what is told is as of today
	}
	for s := range p.places(slot) {
		f := p.facts(slot, s, true)
		f.Moves = nil
		alert.Relive(f, p.casesOf(slot), func(r alert.Revision) { p.publish(slot, &r) })
	}
	f := p.customerFacts(slot, day, true)
	alert.Relive(f, p.casesOf(slot), func(r alert.Revision) { p.publish(slot, &r) })
}

// base are the facts that need no projection. There is one set of facts at a time.
func (p *Partition) base(slot ledger.Slot, s int, atClose bool) *alert.Facts {
	pl := &p.places(slot)[s]
	sc := &p.plans.active.plan.Schemes[s]
	c := p.store.At(slot)
	f := &p.scratch.facts
	*f = alert.Facts{
		Scheme: uint8(s), Name: sc.Name, Day: p.today(c), Now: p.now(), AtClose: atClose, Active: pl.Standing == tier.Active, New: pl.Standing == tier.New,
		Tier: pl.Tier, Misses: pl.Misses, Allowed: sc.Tiers[pl.Tier].DownAfter, Watch: pl.Watch,
	}
	if atClose {
		f.Day = c.Closed + 1
	}
	return f
}

// facts are all that Judge may know of a scheme now.
func (p *Partition) facts(slot ledger.Slot, s int, atClose bool) *alert.Facts {
	if p.healsDue(slot) {
		defer p.foresee(slot)()
	}
	f := p.base(slot, s, atClose)
	f.Moves = p.takeMoves(s)
	if !f.Active {
		return f
	}
	ap := p.plans.active
	sc := &ap.plan.Schemes[s]
	f.Judged = true
	pl := &p.places(slot)[s]
	start, end, _ := p.ending(sc, pl.nextEnd)
	w := p.lookAhead(slot, sc, f.Day, supposed{})
	p.nearUpgrade(w, s, end, f)
	u, st, then := w, pl.State, pl.State
	if len(p.plans.pending) > 0 && p.plans.pending[0].from <= end {
		u, st, start, end = p.deciding(w, st, end)
		then = p.decidedAs(w, u, st, f.Day, end)
	}
	f.PeriodEnd = end
	f.MissProjected = u != nil && missProjected(u, then, start, end) && (u != w || !p.spared(w, st, f.Day, start, end))
	fall := p.planned(slot, s, f.Day, w)
	f.FallsOn, f.LandsOn = fall.On, fall.To
	f.LastChance = fall.On != 0 && fall.PeriodEnd == end
	f.LaterCounts = sc.Assess == policy.AssessEvent || sc.Assess == policy.AssessDays && sc.N == 1 || moneyTerm(ap, sc, pl.Tier) == nil
	f.Provisional = p.provisional(slot, f.Day-1)
	f.Gaps = p.gaps(slot)
	f.Lost = p.lost(slot, s, f, start)
	if f.MissProjected || p.pressing(slot, s, f) {
		var m project.Money
		if u != nil {
			m = p.money(u, st.Tier, f.Day, end)
			f.Money = asAlert(&m, u.ap.plan)
			if u != w {
				f.Rules = u.ap.plan.Version
			}
		}
		f.ActBy = fall.PeriodEnd
		if u == w {
			f.Missing = w.missing(pl.Tier, end, &m)
		}
		f.Reasons = p.reasons(slot, s, start, f.Day)
		f.Missed = p.missed(slot, s)
	}
	return f
}

// pressing tells whether an alert about the scheme is open or may open: only then
// are money and reasons worth their cost.
func (p *Partition) pressing(slot ledger.Slot, s int, f *alert.Facts) bool {
	rules := &p.plans.active.plan.Alerts
	within := max(rules.Downgrade.WithinDays, rules.Grace.WithinDays, rules.Watch.WithinDays, rules.MissProjected.WithinDays)
	if f.Misses > 0 || f.Watch || f.FallsOn != 0 && f.FallsOn-f.Day <= within {
		return true
	}
	for _, c := range p.casesOf(slot) {
		if int(c.Scheme) == s && c.State <= alert.Open {
			return true
		}
	}
	return false
}

func asAlert(m *project.Money, of *policy.Plan) alert.Money {
	out := alert.Money{
		HasLever: m.Lever, Reachable: m.Reachable, Threshold: m.Threshold, Estimate: m.Estimate, Shortfall: m.Shortfall,
		Daily: m.Daily, TopUp: m.TopUp, HoldAfter: m.HoldAfter, AtRisk: m.AtRisk, WaitOn: m.WaitOn, WaitTopUp: m.WaitTopUp,
	}
	if m.Threshold != 0 {
		out.Of = &of.Metrics[m.Metric]
	}
	return out
}

// missing lists what the tier lacks at end that the money m is not about: terms that money
// does not move.
func (w *idle) missing(t uint8, end int32, m *project.Money) []alert.Missing {
	var list []alert.Missing
	ap, sc := w.ap, w.sc
	v := w.view(ap, end)
	for i := range sc.Tiers[t].Cond.Terms {
		term := &sc.Tiers[t].Cond.Terms[i]
		switch {
		case v.reaches(term):
		case term.Metric < 0:
			list = append(list, alert.Missing{Metric: term.Score, Score: true, Have: int64(v.score(term.Score)), Need: term.From})
		case !v.balances(term), ap.plan.Metrics[term.Metric].DepositWeight == 0 && term.Metric != m.Metric:
			list = append(list, alert.Missing{Metric: term.Metric, Have: v.metric(term.Metric), Need: term.From})
		}
	}
	return list
}

// missed are the first days of the periods missed in a row, oldest first: those after
// which there was a miss more. What events decided is not kept (rule R111), and what is
// kept of older rules is not what they missed.
func (p *Partition) missed(slot ledger.Slot, s int) []int32 {
	if p.plans.active.plan.Schemes[s].Assess == policy.AssessEvent {
		return nil
	}
	pl := &p.places(slot)[s]
	rs := p.kept(pl)
	n := min(int(pl.Misses), 6)
	var list []int32
	after := pl.Misses
	for i := len(rs) - 1; i >= 0 && len(list) < n; i-- {
		before := rs[i].Before().Misses
		if before < after {
			list = append(list, rs[i].Start())
		}
		after = before
	}
	slices.Reverse(list)
	return list
}

// nearUpgrade tells whether the open period, under the rules in force, lacks little of
// the tier above (R55).
func (p *Partition) nearUpgrade(w *idle, s int, end int32, f *alert.Facts) {
	ap, sc := w.ap, w.sc
	pl := &p.places(w.slot)[s]
	rule := &ap.plan.Alerts.NearUpgrade
	if int(pl.Tier)+1 >= len(sc.Tiers) || sc.Lead < 0 || rule.Off {
		return
	}
	next := pl.Tier + 1
	need := threshold(sc, next)
	v := w.view(ap, end)
	have := v.metric(sc.Lead)
	share := int64(rule.ShareBP)
	gap := need - have
	if gap == 0 && !v.leads(sc, next) {
		gap = 1 // rounding hides it (rule R90)
	}
	if gap <= 0 || gap > need/10_000*share+need%10_000*share/10_000 || v.reached(sc) >= next {
		return
	}
	f.NearUpgrade, f.NextTier, f.Gap = true, next, gap
	if ap.plan.Metrics[sc.Lead].Balancing() {
		if m := p.money(w, next, f.Day, end); m.Lever && m.TopUp > 0 {
			f.NextTopUp = m.TopUp
		}
	}
}

// leads tells whether the scheme's leading metric reaches what tier t asks of it.
func (v *view) leads(sc *policy.Scheme, t uint8) bool {
	terms := sc.Tiers[t].Cond.Terms
	for i := range terms {
		if terms[i].Metric == sc.Lead {
			return v.reaches(&terms[i])
		}
	}
	return true
}

// gaps tells whether balances were healed or inferred.
func (p *Partition) gaps(slot ledger.Slot) bool {
	as := p.store.Accounts(p.store.At(slot))
	for i := range as {
		if as[i].Flags&ledger.Healed != 0 {
			return true
		}
	}
	return false
}

// person is what outputs show of the customer.
func (p *Partition) person(slot ledger.Slot) *pb.Customer {
	c := p.store.At(slot)
	out := &pb.Customer{Id: p.id(c)}
	if c.Profile != 0 {
		pr := &p.profiles[c.Profile-1]
		out.Display, out.PhoneTail = p.store.Texts.Get(pr.display), p.store.Texts.Get(pr.phone)
	}
	p.people(slot, func(rm string, branch []string) { out.RmId, out.BranchPath = rm, branch })
	return out
}

// people gives the relationship manager and branch path, if known.
func (p *Partition) people(slot ledger.Slot, use func(rm string, branch []string)) {
	c := p.store.At(slot)
	if c.Profile == 0 {
		return
	}
	pr := &p.profiles[c.Profile-1]
	var branch []string
	if b := p.store.Texts.Get(pr.branch); b != "" {
		branch = strings.Split(b, branchSeparator)
	}
	use(p.store.Texts.Get(pr.rm), branch)
}

// minorDigits of the base currency, for texts.
func minorDigits(currency string) int {
	d, _ := policy.MinorDigits(currency)
	return d
}
