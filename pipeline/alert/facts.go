package alert

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Code is an alert's code. Codes are small and fixed: they are part of a Case.
type Code uint8

// The codes, in the order of domain gravity within their group.
const (
	MissProjected Code = iota + 1
	WatchEntered
	GraceLastMonth
	DowngradeProjected
	TierDowngraded
	TierUpgraded
	TierRestored
	TierCorrected
	NearUpgrade
	LargeOutflow
	ActivitySilence
)

// Facts are what the fold knows of one customer in one scheme at one moment, all
// that Judge may look at. Days are days since 1970, money base minor units.
type Facts struct {
	// Scheme is the index in the plan, NoScheme for facts about the customer; Name is
	// the scheme's, "" for those.
	Scheme uint8
	Name   string
	// Day is the customer's day: at CLOSE(D) it is D+1, for what a close decides is
	// dated D+1 (Judge tells a state of D from one of D+1 by it). Now is the UTC
	// second of the last TICK, or the cut of the closed day. AtClose: a CLOSE is
	// being decided; false at events and TICKs.
	Day     int32
	Now     int64
	AtClose bool
	// Active: the customer has a tier (not NEW, not EXITED). When false, risk
	// alerts do not hold and open ones auto-resolve.
	Active bool
	// New tells of who is not Active that he has no tier yet, or no more since a
	// correction, but has not left.
	New  bool
	Tier uint8
	// Misses used and allowed (down_after of the tier), Watch as of the machine.
	Misses, Allowed uint8
	Watch           bool

	// Judged tells that the projection fields below are fresh. False: risk cases, and
	// others that depend on them, stay as they are.
	Judged bool
	// Keep: nothing opens; what is open is judged.
	Keep bool
	// MissProjected: the open period will not qualify under no activity. A period
	// that has ended and waits for its assessment counts as the open one.
	MissProjected bool
	// LaterCounts: a fall that a later period than the open one causes is alerted
	// too, once it is within `within`. Set it for schemes assessed by day or event
	// and for metrics without a money lever; clear where the top-up's promise holds
	// (paying it clears the alert, a later fall is a new alert).
	LaterCounts bool
	// FallsOn is the effective day of the fall under no activity, 0: none.
	FallsOn int32
	LandsOn uint8
	// LastChance: the open period's miss would cause the fall.
	LastChance bool
	ActBy      int32
	Money      Money
	// Rules is the version of the policy that Money is of, when that is one still to come
	// into force (rule R74); 0: the one in force.
	Rules   uint32
	Missing []Missing
	// Reasons explain the decline since the first miss that still counts, Lost the fall
	// that is told (rule R138).
	Reasons, Lost []Reason
	// NearUpgrade: the open period lacks little of the tier above. Gap is how much
	// its projected value lacks, NextTopUp the smallest deposit today that brings it
	// there (0: not known, or no money lever).
	NearUpgrade    bool
	NextTier       uint8
	Gap, NextTopUp int64
	Provisional    bool
	Gaps           bool
	// PeriodEnd is the last day of the open period, Missed the first days of the
	// missed ones, oldest first; 0 and nil: not known, their clauses are left out.
	PeriodEnd int32
	Missed    []int32

	// Moves are what the tier machine did at this moment.
	Moves []Move
	// Outflow is set at an event that makes a large outflow.
	Outflow *Outflow
	// Silent: no customer-initiated entry for Silence days (norm SilenceNorm);
	// Known tells that this was computed now.
	SilenceKnown, Silent         bool
	SilentSince, Silence, NormTh int32
}

// NoScheme is Facts.Scheme and Case.Scheme of alerts about the customer himself.
const NoScheme = 255

// Move is a tier change that is news to a person.
type Move struct {
	Code         Code
	From, To     uint8
	EffectiveDay int32
	// Proposed: a fall was proposed to a person (on_down: review). It ends what
	// foretold it and is no news of its own; Code is not set.
	Proposed bool
}

// Outflow is net external money leaving within 24 hours.
type Outflow struct {
	AmountMinor, AssetsMinor int64
	// At is the second of the event that made it so.
	At      int64
	EventID string
}

// Money is the money side; HasLever false: money is not what is missing.
type Money struct {
	HasLever, Reachable                                     bool
	Threshold, Estimate, Shortfall, Daily, TopUp, HoldAfter int64
	AtRisk                                                  int64
	// Of is the balance that Threshold, Estimate and Shortfall are of, nil: the one that the
	// scheme goes by.
	Of *policy.Metric
	// WaitOn and WaitTopUp: up to two later days and what they cost; 0: none.
	WaitOn    [2]int32
	WaitTopUp [2]int64
}

// helps tells whether a sum of money can do it.
func (f *Facts) helps() bool { return f.Money.HasLever && f.Money.Reachable }

// Missing is what else is missing: index of a metric (or score, then Score).
type Missing struct {
	Metric     int
	Score      bool
	Have, Need int64
}

// Reason is a share of a decline.
type Reason struct {
	Code    ReasonCode
	ShareBP int32
	// AmountMinor is the whole sum since the day Since (0: not known), of which the
	// share is.
	AmountMinor int64
	Since       int32
	// EventID, Day, EventMinor and Party are of one event of the sum: its day, its
	// own amount, and where its money went (unspecified: not known).
	EventID    string
	Day        int32
	EventMinor int64
	Party      pb.CounterpartyType
	// BeforeMinor and AfterMinor are the assets around the event; both 0: not known.
	BeforeMinor, AfterMinor int64
}

// single tells whether the event is all there is of the sum (rule R133).
func (r *Reason) single() bool { return r.Day != 0 && r.EventMinor == r.AmountMinor }

// ReasonCode says what moved the metric.
type ReasonCode uint8

// The reasons.
const (
	ExternalOutflow ReasonCode = iota + 1
	CashWithdrawal
	CardSpend
	FeesAndInterest
	InternalMove
	MarketEffect
	FXEffect
	RollOff
	Correction
	OtherReason
)

// Case is one alert as a long-lived case: pointer-free, kept per customer. Its
// facts are those told by the last revision.
type Case struct {
	// ID is hash(customer, scheme, rule, opening day, ordinal).
	ID     uint64
	Code   Code
	Scheme uint8
	// State is Pending … Inhibited, Severity Info … Critical.
	State    uint8
	Severity uint8
	Revision uint16
	// Ordinal counts cases of the same code, scheme and opening day.
	Ordinal uint8
	// From and LandsOn are ranks; of a tier change where it came from and went to,
	// of NearUpgrade the present and the next. Of a risk they are alike where no tier in
	// force can tell where the fall ends (rule R139).
	From      uint8
	LandsOn   uint8
	Misses    uint8
	Reachable bool
	OpenedDay int32
	// FallsOn is the day of the fall told, or the effective day of a tier change.
	FallsOn int32
	// ClosedDay is set on closed cases kept for cooldown.
	ClosedDay int32
	// ToldDay is the day of the last revision (pending: of the first sight). The
	// judgement of an earlier day changes nothing that was told about a later one.
	ToldDay int32
	// NextWait is the next day listed in wait, 0: none.
	NextWait int32
	// Expires is the day whose CLOSE expires the case, 0: none.
	Expires int32
	// ClearSince is the second since which the condition is false, 0: it holds.
	ClearSince int64
	// HoldSince is the second since which a condition judged with hold is true, or
	// since which an open case differs from what was told, 0: neither.
	HoldSince int64
	// Due is the second at which the running dwell or hold is over, 0: none runs.
	Due int64
	// TopUp, Shortfall and Threshold are as told, Reachable too: that a sum of money
	// helps. Of a LargeOutflow TopUp is the amount and Threshold the assets before
	// it, Shortfall the second of the event told; of NearUpgrade Shortfall is the gap
	// and TopUp the deposit.
	TopUp     int64
	Shortfall int64
	Threshold int64
}

// unnamed tells whether it tells a fall without the tier on which it ends.
func (c *Case) unnamed() bool { return c.Code.risk() && c.LandsOn == c.From }
