package explaining

import (
	"strconv"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// View is a customer with the inputs of every decision. Days are YYYY-MM-DD,
// money base minor units, shares basis points.
//
// AsOf is the day of balances, metrics and scores: the closed one, or the customer's
// own day. Moment is when that was known, Today the day that "today" means: what a
// close decides is of the day after it.
type View struct {
	Customer      string    `json:"customer"`
	Display       string    `json:"display,omitempty"`
	RM            string    `json:"rm,omitempty"`
	Branch        []string  `json:"branch,omitempty"`
	AsOf          string    `json:"as_of"`
	Moment        string    `json:"moment,omitempty"`
	Today         string    `json:"today"`
	ClosedThrough string    `json:"closed_through,omitempty"`
	Currency      string    `json:"currency"`
	Policy        string    `json:"policy"`
	PolicyVersion uint32    `json:"policy_version"`
	Entries       int       `json:"entries"`
	Waiting       int       `json:"waiting"`
	Accounts      []Account `json:"accounts"`
	Metrics       []Metric  `json:"metrics"`
	Scores        []Score   `json:"scores"`
	Schemes       []Scheme  `json:"schemes"`
	Alerts        []Alert   `json:"alerts"`

	digits int
	// asked is the day that was asked for where another CLOSE ended it, closed that
	// the view is that of a CLOSE; clock is Moment for people.
	asked  string
	closed bool
	clock  string
}

// Asked notes the day that was asked for, 0: none.
func (v *View) Asked(day int32) {
	if v.closed = day > 0; v.closed && date(day) != v.AsOf {
		v.asked = date(day)
	}
}

// Account is one account as of View.AsOf, in its own unit.
type Account struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Unit      string `json:"unit"`
	Book      int64  `json:"book_minor"`
	Value     int64  `json:"value_minor"`
	Opened    string `json:"opened,omitempty"`
	Closed    string `json:"closed,omitempty"`
	KnownFrom string `json:"known_from,omitempty"`
	Healed    bool   `json:"healed,omitempty"`
	Inferred  bool   `json:"inferred,omitempty"`
}

// Metric is a metric with the days it looks at.
type Metric struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Money bool   `json:"money"`
	Value int64  `json:"value"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
	// Estimate: To is still to come, and Value is what it will be under no activity.
	Estimate bool `json:"estimate,omitempty"`
}

// Score is a score with what each dimension gives.
type Score struct {
	Name  string `json:"name"`
	Score int32  `json:"score"`
	Parts []Part `json:"parts"`
}

// Part is points x weight; what the parts of a score give adds up to it.
type Part struct {
	Dimension string `json:"dimension"`
	Points    int32  `json:"points"`
	Weight    int32  `json:"weight"`
	Gives     int32  `json:"gives"`
}

// Scheme is the place in a scheme and where it leads.
type Scheme struct {
	Name        string      `json:"name"`
	Standing    string      `json:"standing"`
	Tier        string      `json:"tier,omitempty"`
	TierZh      string      `json:"tier_zh,omitempty"`
	TierEn      string      `json:"tier_en,omitempty"`
	Since       string      `json:"since,omitempty"`
	Misses      uint8       `json:"misses"`
	Allowed     uint8       `json:"misses_allowed"`
	Watch       bool        `json:"watch"`
	Proposed    bool        `json:"down_proposed,omitempty"`
	Guarantee   string      `json:"guarantee_until,omitempty"`
	Protected   string      `json:"protected_until,omitempty"`
	Held        string      `json:"held_until,omitempty"`
	Condition   []Condition `json:"condition,omitempty"`
	PeriodStart string      `json:"period_start,omitempty"`
	PeriodEnd   string      `json:"period_end,omitempty"`
	SumSoFar    string      `json:"adb_sum_minor,omitempty"`
	Reached     string      `json:"reached,omitempty"`
	FallsOn     string      `json:"falls_on,omitempty"`
	LandsOn     string      `json:"lands_on,omitempty"`
	Money       *Money      `json:"money,omitempty"`
	Results     []Result    `json:"results"`

	// byScore and byMoney tell what Result.Value is: a share, base minor units or,
	// with neither, a number.
	byScore, byMoney bool
	tiers            []policy.Tier
}

// Condition is one term that the present tier asks for, with what is there.
type Condition struct {
	Of    string `json:"of"`
	Money bool   `json:"money"`
	Asked int64  `json:"asked"`
	Have  int64  `json:"have"`
}

// Money is what keeps the tier in the open period (semantics 6).
type Money struct {
	Reachable bool      `json:"reachable"`
	Threshold int64     `json:"threshold_minor"`
	Estimate  int64     `json:"estimate_minor"`
	Shortfall int64     `json:"shortfall_minor"`
	Daily     int64     `json:"daily_minor"`
	TopUp     int64     `json:"top_up_minor"`
	HoldAfter int64     `json:"hold_after_minor"`
	AtRisk    int64     `json:"at_risk_minor"`
	Waiting   []Waiting `json:"waiting,omitempty"`
}

// Waiting is what the top-up becomes on a later day.
type Waiting struct {
	On    string `json:"on"`
	TopUp int64  `json:"top_up_minor"`
}

// Result is a decided period.
type Result struct {
	Start   string `json:"start"`
	End     string `json:"end"`
	Decided string `json:"decided"`
	Value   int64  `json:"value"`
	Reached string `json:"reached"`
	Before  string `json:"tier_before"`
	Covered bool   `json:"covered"`
}

// Alert is an open alert.
type Alert struct {
	ID       string `json:"alert_id"`
	Revision uint32 `json:"revision"`
	Code     string `json:"code"`
	Scheme   string `json:"scheme,omitempty"`
	Severity string `json:"severity"`
	Opened   string `json:"opened"`
	// Day is that of the revision: "today" in its texts.
	Day     string `json:"day"`
	FallsOn string `json:"falls_on,omitempty"`
	ActBy   string `json:"act_by,omitempty"`
	TextZh  string `json:"text_zh"`
	TextEn  string `json:"text_en"`
}

var kinds = map[policy.MetricKind]string{
	policy.Sum: "sum", policy.Count: "count", policy.Max: "max", policy.ActiveDays: "active_days", policy.Distinct: "distinct",
	policy.ADB: "adb", policy.Balance: "balance", policy.ProductsHeld: "products_held", policy.Recency: "recency",
	policy.Trend: "trend", policy.Tenure: "tenure", policy.DPD: "dpd", policy.Utilisation: "utilisation",
	policy.ComplaintsOpen: "complaints_open",
}

// New makes the view of a customer; base is the deployment's currency.
func New(x *fold.Explanation, alerts []*pb.Alert, base string) *View {
	v := &View{
		Customer: x.Customer, Display: x.Profile.Display, RM: x.Profile.RmId, Branch: x.Profile.BranchPath,
		AsOf: date(x.AsOf), ClosedThrough: date(x.ClosedThrough), Currency: base, Policy: x.Plan.Name, PolicyVersion: x.Plan.Version,
		Entries: x.Entries, Waiting: x.Waiting,
		Accounts: []Account{}, Metrics: []Metric{}, Scores: []Score{}, Schemes: []Scheme{}, Alerts: []Alert{},
	}
	digits, _ := event.MinorUnits(base)
	v.digits = int(digits)
	v.Today = date(x.Day)
	if x.Now > 0 { // with clock: event nobody tells the time
		at := moment(x.Now, x.UTCOffset)
		v.Moment, v.clock = at.Format(time.RFC3339), at.Format(minute)
	}
	for i := range x.Accounts {
		a := &x.Accounts[i]
		v.Accounts = append(v.Accounts, Account{
			ID: a.ID, Type: a.Type.String(), Unit: a.Unit, Book: a.Book, Value: a.Value, Opened: date(a.Opened), Closed: date(a.Closed),
			KnownFrom: date(a.KnownFrom), Healed: a.Healed, Inferred: a.Inferred,
		})
	}
	for i := range x.Plan.Metrics {
		v.Metrics = append(v.Metrics, metricOf(&x.Plan.Metrics[i], x.Metrics[i], x.AsOf))
	}
	for _, s := range x.Scores {
		score := Score{Name: s.Name, Score: s.Score}
		for _, p := range s.Parts {
			score.Parts = append(score.Parts, Part{p.Dimension, p.Points, p.WeightBP, p.Gives})
		}
		v.Scores = append(v.Scores, score)
	}
	for i := range x.Schemes {
		v.Schemes = append(v.Schemes, schemeOf(x, &x.Plan.Schemes[i], &x.Schemes[i]))
	}
	for _, a := range alerts {
		v.Alerts = append(v.Alerts, Alert{
			ID: a.AlertId, Revision: a.Revision, Code: a.Code, Scheme: a.Scheme, Severity: a.Severity.String(),
			Opened: date(a.OpenedDay), Day: date(a.Day),
			FallsOn: date(a.FallsOn), ActBy: date(a.ActBy), TextZh: a.TextZh, TextEn: a.TextEn,
		})
	}
	return v
}

func metricOf(m *policy.Metric, value int64, day int32) Metric {
	out := Metric{Name: m.Name, Kind: kinds[m.Kind], Money: m.Money, Value: value}
	switch {
	case m.Kind == policy.ADB:
		from, to := metric.Span(m, day)
		out.From, out.To, out.Estimate = date(from), date(to), to > day
	case m.WindowDays > 0:
		out.From, out.To = date(day-m.WindowDays+1), date(day)
	}
	return out
}

func schemeOf(x *fold.Explanation, s *policy.Scheme, v *fold.SchemeView) Scheme {
	st := v.State
	out := Scheme{
		Name: s.Name, Standing: "NEW", Results: []Result{}, tiers: s.Tiers,
		byScore: s.Lead < 0, byMoney: s.Lead >= 0 && x.Plan.Metrics[s.Lead].Money,
	}
	switch st.Standing {
	case tier.Active:
		out.Standing = "ACTIVE"
	case tier.Exited:
		out.Standing = "EXITED"
	default:
	}
	if st.Standing == tier.Active {
		t := &s.Tiers[st.Tier]
		out.Tier, out.TierZh, out.TierEn, out.Since = t.Name, t.Zh, t.En, date(st.Since)
		out.Misses, out.Allowed, out.Watch, out.Proposed = st.Misses, t.DownAfter, st.Watch, st.Proposed
		out.Guarantee, out.Protected, out.Held = date(st.GuaranteeUntil), date(st.ProtectUntil), date(st.HoldUntil)
		out.Condition = conditionOf(x, t)
		if f := v.Projection; f.On > 0 {
			if out.FallsOn = date(f.On); !f.Unnamed() {
				out.LandsOn = s.Tiers[f.To].Name
			}
		}
		out.Money = moneyOf(v)
	}
	if st.Standing != tier.Exited {
		out.PeriodStart, out.PeriodEnd, out.Reached = date(v.PeriodStart), date(v.PeriodEnd), s.Tiers[v.Reached].Name
		if s.Lead >= 0 && x.Plan.Metrics[s.Lead].Kind == policy.ADB {
			out.SumSoFar = strconv.FormatInt(v.SumSoFar.HalfEven(metric.Scale).Clamp(), 10)
		}
	}
	for i := range v.Results {
		r := &v.Results[i]
		one := Result{
			Start: date(r.Start), End: date(r.End), Decided: date(r.Decided), Value: r.Value, Reached: s.Tiers[r.Reached].Name, Covered: r.Covered,
		}
		if r.Before.Standing == tier.Active {
			one.Before = s.Tiers[r.Before.Tier].Name
		}
		out.Results = append(out.Results, one)
	}
	return out
}

func conditionOf(x *fold.Explanation, t *policy.Tier) []Condition {
	var list []Condition
	for _, term := range t.Cond.Terms {
		c := Condition{Asked: term.From}
		if term.Metric >= 0 {
			c.Of, c.Money, c.Have = x.Plan.Metrics[term.Metric].Name, x.Plan.Metrics[term.Metric].Money, x.Metrics[term.Metric]
		} else {
			c.Of, c.Have = x.Plan.Scores[term.Score].Name, int64(x.Scores[term.Score].Score)
		}
		list = append(list, c)
	}
	return list
}

// moneyOf is nil where money is not what keeps the tier.
func moneyOf(v *fold.SchemeView) *Money {
	m := &v.Money
	if !m.Lever && m.Threshold == 0 {
		return nil
	}
	out := &Money{
		Reachable: m.Reachable, Threshold: m.Threshold, Estimate: m.Estimate, Shortfall: m.Shortfall, Daily: m.Daily,
		TopUp: m.TopUp, HoldAfter: m.HoldAfter, AtRisk: m.AtRisk,
	}
	for i, on := range m.WaitOn {
		if on > 0 {
			out.Waiting = append(out.Waiting, Waiting{date(on), m.WaitTopUp[i]})
		}
	}
	return out
}

// minute is how a moment is shown to people.
const minute = "2006-01-02 15:04"

// moment is a UTC second in the deployment's zone.
func moment(at int64, offset int32) time.Time {
	return time.Unix(at, 0).In(time.FixedZone("", int(offset)))
}

// date is "" for no day.
func date(day int32) string {
	if day <= 0 {
		return ""
	}
	return event.FormatDay(day)
}
