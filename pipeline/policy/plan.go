package policy

import "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// Plan is a compiled policy: flat, with indices instead of names, all amounts in
// base minor units, all shares in basis points, all spans in days. The fold
// reads nothing else. A Plan is never changed after Compile returned it.
type Plan struct {
	Name    string
	Version uint32
	// Text is the YAML it was compiled from.
	Text       []byte
	Classes    []Class
	Metrics    []Metric
	Dimensions []Dimension
	Scores     []Score
	Schemes    []Scheme
	Alerts     Alerts
	// LongestWindow is the longest look-back of any metric, in days.
	LongestWindow int32
}

// Class groups account types that count alike.
type Class struct {
	Name string
	// Types is a bit set over tierwatchpb.AccountType.
	Types uint32
	// WeightBP is the share that counts, 0 … 10000.
	WeightBP int32
	// NoFloor lets an overdraft count as negative (default: floor at 0 a day).
	NoFloor bool
	// Liability counts what is owed: max(0, -balance).
	Liability bool
	// NAV tells that its holdings are valued by a price that may come late; only
	// policy check looks at it.
	NAV bool
}

// MetricKind names what a metric computes.
type MetricKind uint8

// The metric kinds.
const (
	Sum MetricKind = iota + 1
	Count
	Max
	ActiveDays
	Distinct
	ADB
	Balance
	ProductsHeld
	Recency
	Trend
	Tenure
	DPD
	Utilisation
	ComplaintsOpen
)

// Span is the averaging period of an ADB metric.
type Span uint8

// The spans. OverMonths and OverDays take Metric.N.
const (
	OverMonth Span = iota + 1
	OverQuarter
	OverMonths
	OverDays
)

// Field is what a distinct metric counts.
type Field uint8

// The fields of a distinct metric.
const (
	ByType Field = iota + 1
	ByChannel
	ByClass
	ByAccount
	ByCounterparty
)

// Metric is one number about a customer at a day.
type Metric struct {
	Name string
	// Zh and En are shown to people, "": none.
	Zh, En string
	Kind   MetricKind
	// Money tells that the value is base minor units.
	Money bool
	// Filter selects ledger entries (flow kinds, Recency).
	Filter Filter
	// WindowDays > 0, or WindowHours > 0 (at most 840), for flow kinds.
	WindowDays  int32
	WindowHours int32
	// Net, of a Sum, is the direction that adds: entries of the other one are
	// taken off, and the value may be negative. Unspecified: every entry adds.
	Net   tierwatchpb.Direction
	Field Field
	// Over, N, DayCount (0 actual, 30), RoundHalfUp2dp, SinceOpen, Book: ADB.
	Over     Span
	N        int32
	DayCount int32
	// RoundHalfUp compares the average rounded half up to a minor unit.
	RoundHalfUp bool
	// SinceOpen: a customer's first period is divided by its days since opening.
	SinceOpen bool
	// Book uses the book series instead of the value series.
	Book bool
	// Weight[t] is the weight in basis points of AccountType t; 0: not counted
	// (ADB, Balance).
	Weight [16]int32
	// NoFloor and Liability are bit sets over AccountType.
	NoFloor, Liability uint32
	// DepositWeight is the weight a deposit counts with (R46), 0: no money lever.
	DepositWeight int32
	// Num and Den are metric indices of a Trend.
	Num, Den int
}

// Balancing tells whether the metric is computed from balances.
func (m *Metric) Balancing() bool { return m.Kind == ADB || m.Kind == Balance }

// Filter selects activity entries; every zero set means "any". The sets are bit
// sets over the proto enums' numbers.
type Filter struct {
	Types      uint64
	Accounts   uint32
	Directions uint8
	Channels   uint32
	Initiators uint8
	Parties    uint8
	// Internal and Joint: 0 any, 1 only true, 2 only false. Internal is true for
	// internal_transfer or same_owner.
	Internal, Joint uint8
}

// Match tells whether an entry with this tuple passes, joint apart.
func (f *Filter) Match(t *tierwatchpb.Transaction) bool {
	in := func(set uint64, bit int32) bool { return set == 0 || set>>uint(bit)&1 == 1 }
	internal := t.InternalTransfer || t.SameOwner
	return in(f.Types, int32(t.TxnType)) && in(uint64(f.Accounts), int32(t.AccountType)) &&
		in(uint64(f.Directions), int32(t.Direction)) && in(uint64(f.Channels), int32(t.Channel)) &&
		in(uint64(f.Initiators), int32(t.Initiator)) && in(uint64(f.Parties), int32(t.CounterpartyType)) &&
		(f.Internal == 0 || (f.Internal == 1) == internal)
}

// Dimension maps a metric to 0 … 10000 basis points.
type Dimension struct {
	Name   string
	Metric int
	Curve  Curve
}

// Curve is a monotone piecewise-linear map, flat outside its points; X ascends
// strictly, Y is in basis points and monotone.
type Curve struct {
	X []int64
	Y []int32
}

// Score is a weighted sum of dimensions; the weights add to 10000.
type Score struct {
	Name string
	// Zh and En are shown to people, "": none.
	Zh, En string
	Parts  []Part
}

// Part is a dimension's share in a score.
type Part struct {
	Dimension int
	WeightBP  int32
}

// Assess says what a period of a scheme is.
type Assess uint8

// The assessment rhythms. AssessDays takes Scheme.N.
const (
	AssessMonth Assess = iota + 1
	AssessQuarter
	AssessDays
	AssessEvent
)

// Entry says when a NEW customer gets a tier.
type Entry uint8

// The entries.
const (
	FirstAssessment Entry = iota + 1
	AtOnce
)

// Upgrade says when a lift takes effect.
type Upgrade uint8

// The upgrade timings.
const (
	AtClose Upgrade = iota + 1
	NextPeriod
	WhenSecured
	Immediate
)

// Landing says where a fall ends.
type Landing uint8

// The landings.
const (
	Last Landing = iota + 1
	Best
	OneDown
	ByBalance
)

// Scheme assigns tiers.
type Scheme struct {
	Name string
	// Lead is the metric shown as the scheme's value (aum_minor …): the metric of
	// By, or of the first term; -1 if the scheme goes by a score.
	Lead int
	// LeadScore is the score the scheme goes by, or -1.
	LeadScore int
	// Tiers ascend; Tiers[0] asks nothing.
	Tiers  []Tier
	Assess Assess
	// N is the days of AssessDays.
	N int32
	// LagDays and RestateDays: assess_lag and restate.
	LagDays, RestateDays int32
	Entry                Entry
	// SilentEntry: an entry into the lowest tier is no tier change that is told.
	SilentEntry bool
	Upgrade     Upgrade
	// Review: falls are proposed, not done.
	Review bool
	// GuaranteeMonths after a lift; GuaranteeCounted: misses count meanwhile.
	GuaranteeMonths  int32
	GuaranteeCounted bool
	// ProtectMonths after entry.
	ProtectMonths int32
	// ResetMisses: misses do not carry over to this version.
	ResetMisses bool
	// Keep is the number of period results kept, 1 … 64.
	Keep int
	// Replaced maps names of removed tiers to the present rank.
	Replaced map[string]int
}

// Tier is one rung.
type Tier struct {
	Name, Zh, En string
	Cond         Cond
	// WatchAfter and DownAfter count consecutive misses; 0 only on the lowest.
	WatchAfter, DownAfter uint8
	Lands                 Landing
}

// Cond asks for any or all of its terms; no term: always true.
type Cond struct {
	Any   bool
	Terms []Term
}

// Term asks that a metric (base minor units, counts …) or a score (basis
// points) is at least From. The unused index is -1.
type Term struct {
	Metric int
	Score  int
	From   int64
}

// Alerts are the alert settings by code.
type Alerts struct {
	MissProjected, Downgrade, Watch, Grace, Downgraded, Upgraded, Restored,
	Corrected, NearUpgrade, LargeOutflow, Silence Rule
}

// Rule is one alert's setting. Zero spans mean none.
type Rule struct {
	Off          bool
	WithinDays   int32
	CooldownDays int32
	ExpiresDays  int32
	DwellMinutes int32
	HoldMinutes  int32
	CriticalDays int32
	// ShareBP and AmountMinor: LARGE_OUTFLOW, NEAR_UPGRADE.
	ShareBP     int32
	AmountMinor int64
	// LeastMinor: no outflow below it is a LARGE_OUTFLOW, whatever its share (rule R113).
	LeastMinor int64
	MinDays    int32
}
