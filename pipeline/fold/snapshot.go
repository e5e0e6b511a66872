package fold

import (
	"cmp"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/score"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	"github.com/tierwatch/tierwatch/pipeline/wide"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// snapshot publishes the customer as of the CLOSE of day d.
func (p *Partition) snapshot(slot ledger.Slot, d int32) {
	ap := p.plans.active
	if ap == nil {
		return
	}
	v := p.viewAt(slot, ap, d)
	v.totals = p.totalsOf(slot)
	out := p.blank(ap)
	p.measure(&v, out)
	v.values = p.scratch.values
	for s := range ap.plan.Scores {
		v.scoreValue(s, out.Scores[s])
	}
	for s := range ap.plan.Schemes {
		p.schemeSnapshot(&v, s, &p.places(slot)[s].State, out.Schemes[s])
		p.ahead(&v, s, out.Schemes[s])
	}
	p.emitWithin(KindSnapshot, out.CustomerId, out, ap.longestOf(out))
}

// measure fills what is no scheme's: who, when, and the metrics, whose values stay in
// scratch.
func (p *Partition) measure(v *view, out *pb.Snapshot) {
	d := v.at.Day
	out.CustomerId, out.Day, out.AsOf, out.Restated, out.AssetsMinor = p.id(v.c), d, p.now(), v.again != nil, p.assets(v.slot, d)
	// The day is part of the row key: one row each, so the sub-index is 0.
	out.Log.Partition, out.Log.Offset, out.Log.Epoch = p.opt.Partition, p.offset, p.engine.Epoch
	p.scratch.values = p.scratch.values[:0]
	for m := range out.Metrics {
		value := v.metric(m)
		out.Metrics[m].Value = value
		p.scratch.values = append(p.scratch.values, value)
	}
}

// blank is the snapshot message of a plan, made once: names and slots are filled,
// values are overwritten at each use.
func (p *Partition) blank(ap *activePlan) *pb.Snapshot {
	if ap.message != nil {
		return ap.message
	}
	out := &pb.Snapshot{Policy: &pb.PolicyRef{Name: ap.plan.Name, Version: ap.plan.Version}, Log: &pb.Position{}}
	for m := range ap.plan.Metrics {
		out.Metrics = append(out.Metrics, &pb.MetricValue{Name: ap.plan.Metrics[m].Name})
	}
	for s := range ap.plan.Scores {
		sv := &pb.ScoreValue{Name: ap.plan.Scores[s].Name}
		for _, part := range ap.plan.Scores[s].Parts {
			sv.Contributions = append(sv.Contributions, &pb.Contribution{
				Dimension: ap.plan.Dimensions[part.Dimension].Name, WeightBp: part.WeightBP,
			})
		}
		out.Scores = append(out.Scores, sv)
	}
	for s := range ap.plan.Schemes {
		out.Schemes = append(out.Schemes, &pb.SchemeSnapshot{Scheme: ap.plan.Schemes[s].Name})
	}
	ap.message, ap.longest = out, longestSnapshot(ap.plan)
	return out
}

// longestNumber is the most bytes of a number, or of a length, with its tag.
const longestNumber = 12

// longestOf bounds the bytes of a snapshot made of the plan's blank.
func (ap *activePlan) longestOf(out *pb.Snapshot) int {
	n := ap.longest + len(out.CustomerId)
	for _, s := range out.Schemes {
		for _, h := range s.Holdings {
			n += 4*longestNumber + len(h.Unit)
		}
	}
	return n
}

// longestSnapshot bounds the bytes of a plan's snapshots, id and holdings apart.
func longestSnapshot(plan *policy.Plan) int {
	n := 16*longestNumber + len(plan.Name)
	for m := range plan.Metrics {
		n += 3*longestNumber + len(plan.Metrics[m].Name)
	}
	for s := range plan.Scores {
		n += 3*longestNumber + len(plan.Scores[s].Name)
		for _, part := range plan.Scores[s].Parts {
			n += 4*longestNumber + len(plan.Dimensions[part.Dimension].Name)
		}
	}
	for s := range plan.Schemes {
		n += 40*longestNumber + len(plan.Schemes[s].Name)
		for t := range plan.Schemes[s].Tiers {
			n += 2 * len(plan.Schemes[s].Tiers[t].Name)
		}
	}
	return n
}

func (v *view) scoreValue(s int, out *pb.ScoreValue) {
	plan := v.ap.plan
	pts := v.pointsOf(s)
	out.ScoreBp = score.Sum(&plan.Scores[s], pts)
	for i, part := range plan.Scores[s].Parts {
		out.Contributions[i].PointsBp = pts[part.Dimension]
	}
}

// schemeSnapshot fills a scheme's side, but for what lies ahead.
func (p *Partition) schemeSnapshot(v *view, s int, st *tier.State, out *pb.SchemeSnapshot) {
	d := v.at.Day
	sc := &v.ap.plan.Schemes[s]
	holdings := out.Holdings
	*out = pb.SchemeSnapshot{
		Scheme: sc.Name, Standing: pb.Standing(st.Standing + 1), Tier: sc.Tiers[st.Tier].Name, TierRank: int32(st.Tier),
		Misses: uint32(st.Misses), Watch: st.Watch, SinceDay: st.Since, GuaranteeUntil: max(st.GuaranteeUntil, st.ProtectUntil),
		Provisional: p.provisional(v.slot, d), Holdings: holdings[:0],
	}
	if st.Standing != tier.Active { // rule R183
		out.Tier, out.TierRank = "", -1
	}
	start, end := tier.Period(sc, d)
	out.PeriodStart, out.PeriodEnd, out.Divisor = start, end, end-start+1
	p.levels(v, s, out, st)
}

// ahead fills what is projected from the last closed day on.
func (p *Partition) ahead(v *view, s int, out *pb.SchemeSnapshot) {
	if out.Standing != pb.Standing_ACTIVE {
		return
	}
	d := v.at.Day
	f := p.planned(v.slot, s, d+1, nil)
	out.DownOn = f.On
	if f.On != 0 && !f.Unnamed() {
		out.LandsOn = v.ap.plan.Schemes[s].Tiers[f.To].Name
	}
	var rr project.Fall
	out.RunRateMinor, rr = p.runRate(v.slot, s, d+1)
	out.RunRateDownOn = rr.On
}

// levels fills the money side: assets, the open period's sum, thresholds and the
// holdings that let SQL carry the row through days without one.
func (p *Partition) levels(v *view, s int, out *pb.SchemeSnapshot, st *tier.State) {
	ap, d := v.ap, v.at.Day
	sc := &ap.plan.Schemes[s]
	if st.Standing != tier.Exited {
		out.ThresholdMinor = threshold(sc, st.Tier)
		if int(st.Tier)+1 < len(sc.Tiers) {
			out.NextThresholdMinor = threshold(sc, st.Tier+1)
		}
	}
	if sc.LeadScore >= 0 {
		out.AumMinor = int64(v.ap.message.Scores[sc.LeadScore].ScoreBp)
		return
	}
	if sc.Lead < 0 {
		return
	}
	mt := &ap.plan.Metrics[sc.Lead]
	if !mt.Balancing() {
		out.AumMinor = v.metric(sc.Lead)
		return
	}
	worth := ap.eval.Worth(v.c, sc.Lead, d)
	out.AumMinor = worth.HalfEven(metric.Scale).Clamp()
	out.Holdings = p.holdings(out.Holdings, v.c, mt, d)
	if mt.Kind != policy.ADB {
		return
	}
	from, to := metric.Span(mt, d)
	out.PeriodStart, out.PeriodEnd = from, to
	out.PeriodKind, out.DayCount, out.DepositWeightBp = periodKind(mt, sc), mt.DayCount, mt.DepositWeight
	_, dv := v.sum(sc.Lead)
	out.Divisor = int32(dv)
	out.AdbSumMinor = v.sofar(s, from, worth).HalfEven(metric.Scale).Clamp()
}

// sofar is the sum of the lead metric's day values from day from to the view's, whose
// worth is known.
func (v *view) sofar(s int, from int32, worth wide.Int) wide.Int {
	if v.again != nil {
		return v.again.sofar(v, s, from, worth)
	}
	return v.ap.eval.Sum(v.c, v.ap.plan.Schemes[s].Lead, from, v.at.Day)
}

// periodKind tells SQL how the next period follows from this one.
func periodKind(mt *policy.Metric, sc *policy.Scheme) pb.PeriodKind {
	switch {
	case mt.Over == policy.OverMonth && sc.Assess == policy.AssessMonth:
		return pb.PeriodKind_PERIOD_MONTH
	case mt.Over == policy.OverQuarter && sc.Assess == policy.AssessQuarter:
		return pb.PeriodKind_PERIOD_QUARTER
	}
	return pb.PeriodKind_PERIOD_ROLLING
}

// holdings sums what the metric counts by unit and weight, sorted.
func (p *Partition) holdings(list []*pb.Holding, c *ledger.Customer, mt *policy.Metric, d int32) []*pb.Holding {
	as := p.store.Accounts(c)
	for i := range as {
		a := &as[i]
		w := mt.Weight[a.Type]
		if w == 0 {
			continue
		}
		q := p.store.Counts(a, d, ledger.Shape{NoFloor: mt.NoFloor>>a.Type&1 == 1, Liability: mt.Liability>>a.Type&1 == 1, Book: mt.Book})
		if q == 0 {
			continue
		}
		unit := p.rates.Name(a.Unit)
		k := slices.IndexFunc(list, func(h *pb.Holding) bool { return h.Unit == unit && h.WeightBp == w })
		if k < 0 {
			k = len(list)
			list = slices.Grow(list, 1)[:k+1]
			if list[k] == nil {
				list[k] = &pb.Holding{}
			}
			list[k].Unit, list[k].WeightBp, list[k].Quantity = unit, w, 0
		}
		list[k].Quantity += q
	}
	slices.SortFunc(list, func(a, b *pb.Holding) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.WeightBp, b.WeightBp))
	})
	return list
}
