package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/score"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Explain shows a customer as the partition knows him now; false if it does not.
// During a drain he is shown as his own last record or visit left him.
func (p *Partition) Explain(customer string) (*Explanation, bool) {
	return p.explain(customer, false)
}

// ExplainClosed is Explain as of the last day closed, as its CLOSE saw it: accounts,
// metrics and scores leave out what is here of later days already.
func (p *Partition) ExplainClosed(customer string) (*Explanation, bool) {
	return p.explain(customer, p.clock.LastClose > 0)
}

func (p *Partition) explain(customer string, closed bool) (*Explanation, bool) {
	slot, ok := p.store.Find(customer)
	if !ok || p.plans.active == nil {
		return nil, false
	}
	c := p.store.At(slot)
	x := &Explanation{
		Customer: customer, Day: p.today(c), ClosedThrough: p.clock.LastClose, Plan: p.plans.active.plan,
		Entries: len(p.store.Entries(c)), Waiting: len(p.store.Waits(c)), Now: p.now(), UTCOffset: p.offsetUTC,
	}
	x.Profile = pb.Customer{}
	who := p.person(slot)
	x.Profile.Id, x.Profile.Display, x.Profile.RmId, x.Profile.BranchPath = who.Id, who.Display, who.RmId, who.BranchPath
	v := p.asOfNow(slot, x.Day)
	x.AsOf = x.Day
	if closed {
		x.AsOf, x.Now = p.clock.LastClose, p.clock.Cut
		v = p.viewAt(slot, p.plans.active, x.AsOf)
	}
	for m := range x.Plan.Metrics {
		x.Metrics = append(x.Metrics, v.metric(m))
	}
	pts := append([]int32(nil), v.points()...)
	for s := range x.Plan.Scores {
		sv := ScoreView{Name: x.Plan.Scores[s].Name, Score: score.Sum(&x.Plan.Scores[s], pts)}
		gives := score.Contributions(&x.Plan.Scores[s], pts)
		for i, part := range x.Plan.Scores[s].Parts {
			sv.Parts = append(sv.Parts, ScorePart{
				Dimension: x.Plan.Dimensions[part.Dimension].Name, Points: pts[part.Dimension], WeightBP: part.WeightBP, Gives: gives[i],
			})
		}
		x.Scores = append(x.Scores, sv)
	}
	x.Accounts = p.accountViews(c, x.AsOf)
	if p.healsDue(slot) {
		defer p.foresee(slot)()
	}
	for s := range x.Plan.Schemes {
		x.Schemes = append(x.Schemes, p.schemeView(slot, s, x.Day))
	}
	x.Alerts = p.openAlerts(slot)
	return x, true
}

func (p *Partition) accountViews(c *ledger.Customer, d int32) []AccountView {
	var list []AccountView
	as := p.store.Accounts(c)
	for i := range as {
		a := &as[i]
		book, value := p.store.BookAt(a, d), p.store.ValueAt(a, d)
		if d < a.Known {
			value = 0
		}
		list = append(list, AccountView{
			ID: p.store.Texts.Get(a.ID), Type: pb.AccountType(a.Type), Unit: p.rates.Name(a.Unit), Book: book,
			Value: value, Opened: a.Opened, Closed: a.Closed, KnownFrom: a.Known, Limit: a.Limit, DPD: a.DPD,
			Healed: a.Has(ledger.Healed), Inferred: a.Has(ledger.Inferred),
		})
	}
	return list
}

func (p *Partition) schemeView(slot ledger.Slot, s int, today int32) SchemeView {
	ap := p.plans.active
	sc := &ap.plan.Schemes[s]
	pl := &p.places(slot)[s]
	sv := SchemeView{Name: sc.Name, State: pl.State}
	kept := p.kept(pl)
	for i := range kept {
		sv.Results = append(sv.Results, p.resultPresently(sc, &kept[i]))
	}
	if pl.Standing == tier.Exited {
		return sv
	}
	open := pl.nextEnd
	if open == 0 {
		open = today
	}
	var decided int32
	sv.PeriodStart, sv.PeriodEnd, decided = p.ending(sc, open)
	w := idle{p: p, slot: slot, ap: ap, sc: sc}
	sv.Reached = w.Assess(sv.PeriodStart, sv.PeriodEnd, decided).Reached
	if term := moneyTerm(ap, sc, uint8(len(sc.Tiers)-1)); term != nil {
		from, _ := metric.Span(&ap.plan.Metrics[term.Metric], sv.PeriodEnd)
		sv.SumSoFar = ap.eval.Sum(p.store.At(slot), term.Metric, from, min(today-1, sv.PeriodEnd))
	}
	// Without a CLOSE no period ends: `clock: event` has no day to fall on.
	if pl.Standing == tier.Active && p.engine.Clock != "event" {
		sv.Projection = p.fall(slot, s, today, supposed{})
		sv.Money = p.money(p.lookAhead(slot, sc, today, supposed{}), pl.Tier, today, sv.PeriodEnd)
	}
	return sv
}

// openAlerts are the open cases in short: code, state and severity.
func (p *Partition) openAlerts(slot ledger.Slot) []*pb.Alert {
	var list []*pb.Alert
	for _, c := range p.casesOf(slot) {
		if c.State != uint8(pb.AlertState_OPEN) {
			continue
		}
		a := &pb.Alert{
			AlertId: alert.FormatID(c.ID), Revision: uint32(c.Revision), Code: c.Code.String(), State: pb.AlertState_OPEN,
			Severity: pb.Severity(c.Severity), OpenedDay: c.OpenedDay, Day: c.ToldDay, FallsOn: c.FallsOn,
		}
		if int(c.Scheme) < len(p.plans.active.plan.Schemes) {
			a.Scheme = p.plans.active.plan.Schemes[c.Scheme].Name
		}
		list = append(list, a)
	}
	return list
}
