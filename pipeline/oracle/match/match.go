package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/oracle"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Snapshots compares a fold's snapshots with an oracle, record by record.
type Snapshots struct {
	oracle *oracle.Oracle
	// points and rewrites are how many of the outcome were looked at.
	points, rewrites int
}

// New compares with an oracle that has taken no record yet.
func New(o *oracle.Oracle) *Snapshots { return &Snapshots{oracle: o} }

// Difference is a customer's day of which the fold says something else, or nothing.
type Difference struct {
	Customer string
	Day      int32
	Words    string
}

func (d Difference) String() string {
	return fmt.Sprintf("snapshot of %s for %s: %s", d.Customer, day.String(d.Day), d.Words)
}

// Record compares the days that the fold said at the record that the oracle took last,
// each by itself (Snapshot.EachDay). It is called behind every record.
func (s *Snapshots) Record(days []*pb.Snapshot) (list []Difference) {
	out := s.oracle.Outcome()
	points, rewrites := out.Points[s.points:], out.Rewrites[s.rewrites:]
	s.points, s.rewrites = len(out.Points), len(out.Rewrites)
	said := map[Difference]bool{} // without words
	tell := func(d Difference, words string) {
		if d.Words = words; words != "" {
			list = append(list, d)
		}
	}
	for _, snap := range days {
		d := Difference{Customer: snap.CustomerId, Day: snap.Day}
		if said[d] {
			tell(d, "said twice")
			continue
		}
		said[d] = true
		tell(d, s.unlike(snap, points))
	}
	for i := range points {
		if d := (Difference{Customer: points[i].Customer, Day: points[i].Day}); points[i].Owed && !said[d] {
			tell(d, "missing")
		}
	}
	for _, again := range rewrites {
		for day := again.First; day <= again.Last; day++ {
			if d := (Difference{Customer: again.Customer, Day: day}); !said[d] {
				tell(d, "not written again, though something came into that day or one before it")
				break // and so those behind it
			}
		}
	}
	return list
}

// unlike tells what a snapshot says otherwise than the oracle, "" if nothing.
func (s *Snapshots) unlike(snap *pb.Snapshot, points []oracle.Point) string {
	if snap.Restated {
		return s.Restated(snap)
	}
	i := slices.IndexFunc(points, func(p oracle.Point) bool { return p.Customer == snap.CustomerId && p.Day == snap.Day })
	if i < 0 {
		return "the oracle did not close that day"
	}
	return unlikePoint(snap, &points[i])
}

// fields are what both say, as lines.
type fields struct{ fold, oracle []string }

func (f *fields) add(name string, fold, oracle any) {
	f.fold = append(f.fold, fmt.Sprint(name, " ", fold))
	f.oracle = append(f.oracle, fmt.Sprint(name, " ", oracle))
}

// unlike tells the lines that are not alike.
func (f *fields) unlike() string {
	var a, b []string
	for i := range f.fold {
		if f.fold[i] != f.oracle[i] {
			a, b = append(a, f.fold[i]), append(b, f.oracle[i])
		}
	}
	if len(a) == 0 {
		return ""
	}
	return fmt.Sprintf("fold: %s; oracle: %s", strings.Join(a, ", "), strings.Join(b, ", "))
}

// unlikePoint compares the row of a CLOSE with the point of it.
func unlikePoint(snap *pb.Snapshot, p *oracle.Point) string {
	var f fields
	f.add("numbers", [3]int{len(snap.Metrics), len(snap.Scores), len(snap.Schemes)}, [3]int{len(p.Metrics), len(p.Scores), len(p.Schemes)})
	if words := f.unlike(); words != "" {
		return words
	}
	f.add("assets", snap.AssetsMinor, p.Assets)
	for i, m := range snap.Metrics {
		f.add(m.Name, m.Value, p.Metrics[i])
	}
	for i, s := range snap.Scores {
		f.add(s.Name, s.ScoreBp, p.Scores[i])
	}
	for i, s := range snap.Schemes {
		q := &p.Schemes[i]
		f.add("scheme", s.Scheme, q.Scheme)
		f.add(s.Scheme+" provisional", s.Provisional, p.Provisional)
		f.standing(s, q)
		f.add(s.Scheme+" down", day.String(s.DownOn)+" to "+s.LandsOn, day.String(q.Projection.FallsOn)+" to "+q.LandsOn)
		f.add(s.Scheme+" end of the period", day.String(s.PeriodEnd), day.String(q.Period.End))
		f.add(s.Scheme+" period", day.String(s.PeriodStart), day.String(q.Period.Start))
		f.money(s, q)
		if q.Sum != nil {
			f.add(s.Scheme+" threshold", s.ThresholdMinor, q.Threshold)
		}
		if q.RunRate != nil {
			f.add(s.Scheme+" run rate", s.RunRateMinor, q.RunRate)
		}
	}
	return f.unlike()
}

// place compares the standing in a scheme and the rank, -1 without a tier. It tells
// whether there is one by the oracle.
func (f *fields) place(s *pb.SchemeSnapshot, q *oracle.SchemePoint) (active bool) {
	is, rank := q.State.Standing, -1
	switch is {
	case pb.Standing_STANDING_UNSPECIFIED:
		is = pb.Standing_NEW
	case pb.Standing_ACTIVE:
		rank, active = q.State.Tier, true
	case pb.Standing_NEW, pb.Standing_LEFT:
	}
	f.add(s.Scheme, s.Standing, is)
	f.add(s.Scheme+" rank", s.TierRank, rank)
	return active
}

// standing compares the place in a scheme; without a tier there is nothing but that.
func (f *fields) standing(s *pb.SchemeSnapshot, q *oracle.SchemePoint) {
	active := f.place(s, q)
	f.add(s.Scheme+" tier", s.Tier, q.Tier)
	if !active {
		return
	}
	f.add(s.Scheme+" misses", s.Misses, q.State.Misses)
	f.add(s.Scheme+" watch", s.Watch, q.State.Watch)
	f.add(s.Scheme+" since", day.String(s.SinceDay), day.String(q.State.Since))
	f.guarantee(s, q)
	if q.Sum != nil {
		f.add(s.Scheme+" next threshold", s.NextThresholdMinor, q.NextThreshold)
	}
}

// guarantee compares the last day on which the tier cannot be lost.
func (f *fields) guarantee(s *pb.SchemeSnapshot, q *oracle.SchemePoint) {
	f.add(s.Scheme+" guarantee", day.String(s.GuaranteeUntil), day.String(max(q.State.Guarantee, q.State.Protect)))
}

// money compares assets, holdings and sum where the scheme goes by them.
func (f *fields) money(s *pb.SchemeSnapshot, q *oracle.SchemePoint) {
	if q.Assets != nil {
		f.add(s.Scheme+" assets", s.AumMinor, q.Assets)
		f.add(s.Scheme+" holdings", held(s.Holdings), q.Holdings)
	}
	if q.Sum != nil {
		f.add(s.Scheme+" sum", s.AdbSumMinor, q.Sum)
		f.add(s.Scheme+" divisor", s.Divisor, q.Divisor)
	}
}

// held are the holdings of a row but for those that cancel out.
func held(of []*pb.Holding) (list []oracle.Held) {
	for _, h := range of {
		if h.Quantity != 0 {
			list = append(list, oracle.Held{Unit: h.Unit, WeightBP: h.WeightBp, Quantity: h.Quantity})
		}
	}
	return list
}

// Restated compares a row that was written again with what the oracle makes of that
// day now; "" if they are alike.
func (s *Snapshots) Restated(snap *pb.Snapshot) string {
	c := s.oracle.Customer(snap.CustomerId)
	if c == nil {
		return "of a customer whom the oracle does not know"
	}
	var f fields
	// A CLOSE that brings other rules writes the days that it skipped by those before.
	present := snap.Policy.GetVersion() == s.oracle.Plan().Version
	if present {
		f.measured(snap, c)
	}
	rows := map[string]bool{}
	for _, x := range snap.Schemes {
		rows[x.Scheme] = true
		f.add(x.Scheme+" provisional", x.Provisional, c.Provisional(snap.Day))
		q := c.PointOf(x.Scheme, snap.Day)
		if q.Known && f.place(x, &q) {
			f.add(x.Scheme+" misses", x.Misses, q.State.Misses)
			f.add(x.Scheme+" watch", x.Watch, q.State.Watch)
		}
		if q.Must {
			f.add(x.Scheme+" tier", x.Tier, q.Tier)
			f.add(x.Scheme+" since", day.String(x.SinceDay), day.String(q.State.Since))
			f.guarantee(x, &q)
			f.add(x.Scheme+" down", day.String(x.DownOn), day.String(q.Projection.FallsOn))
		}
		if !present {
			continue
		}
		f.money(x, &q)
		if q.Sum != nil {
			f.add(x.Scheme+" period", day.String(x.PeriodStart), day.String(q.Period.Start))
		}
	}
	for i := range s.oracle.Plan().Schemes {
		if name := s.oracle.Plan().Schemes[i].Name; !rows[name] && c.PointOf(name, snap.Day).Must {
			f.add(name, "missing", "written again")
		}
	}
	return f.unlike()
}

// measured compares the metrics and scores of a day that is written again.
func (f *fields) measured(snap *pb.Snapshot, c *oracle.Customer) {
	metrics, scores := c.MeasuredOn(snap.Day)
	f.add("assets", snap.AssetsMinor, c.Assets(snap.Day))
	f.add("numbers", [2]int{len(snap.Metrics), len(snap.Scores)}, [2]int{len(metrics), len(scores)})
	for i, m := range snap.Metrics[:min(len(snap.Metrics), len(metrics))] {
		f.add(m.Name, m.Value, metrics[i])
	}
	for i, x := range snap.Scores[:min(len(snap.Scores), len(scores))] {
		f.add(x.Name, x.ScoreBp, scores[i])
	}
}
