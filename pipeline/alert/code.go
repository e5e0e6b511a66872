package alert

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// The states of a Case. Pending cases have no ID yet and are told to nobody.
const (
	Pending      = uint8(pb.AlertState_ALERT_STATE_UNSPECIFIED)
	Open         = uint8(pb.AlertState_OPEN)
	AutoResolved = uint8(pb.AlertState_AUTO_RESOLVED)
	Expired      = uint8(pb.AlertState_EXPIRED)
	Inhibited    = uint8(pb.AlertState_INHIBITED)
)

// The severities of a Case.
const (
	Info     = uint8(pb.Severity_INFO)
	Warning  = uint8(pb.Severity_WARNING)
	Critical = uint8(pb.Severity_CRITICAL)
)

var codeNames = [...]string{
	MissProjected:      "MISS_PROJECTED",
	WatchEntered:       "WATCH_ENTERED",
	GraceLastMonth:     "GRACE_LAST_MONTH",
	DowngradeProjected: "VALUE_DOWNGRADE_PROJECTED",
	TierDowngraded:     "TIER_DOWNGRADED",
	TierUpgraded:       "TIER_UPGRADED",
	TierRestored:       "TIER_RESTORED",
	TierCorrected:      "TIER_CORRECTED",
	NearUpgrade:        "NEAR_UPGRADE",
	LargeOutflow:       "LARGE_OUTFLOW",
	ActivitySilence:    "ACTIVITY_SILENCE",
}

// String is the code as policies and outputs write it, "" if there is none.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return ""
}

var reasonNames = [...]string{
	ExternalOutflow: "EXTERNAL_OUTFLOW",
	CashWithdrawal:  "CASH_WITHDRAWAL",
	CardSpend:       "CARD_SPEND",
	FeesAndInterest: "FEES_AND_INTEREST",
	InternalMove:    "INTERNAL_MOVE",
	MarketEffect:    "MARKET_EFFECT",
	FXEffect:        "FX_EFFECT",
	RollOff:         "ROLL_OFF",
	Correction:      "CORRECTION",
	OtherReason:     "OTHER",
}

// String is the reason as outputs write it, "" if there is none.
func (r ReasonCode) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return ""
}

// gravity lists the risk alerts of a scheme, gravest first (rule R48).
var gravity = [...]Code{DowngradeProjected, GraceLastMonth, WatchEntered, MissProjected}

// risk tells whether the code is one of gravity.
func (c Code) risk() bool { return c >= MissProjected && c <= DowngradeProjected }

// grave tells whether the alert is about the tier's last chance.
func (c Code) grave() bool { return c == DowngradeProjected || c == GraceLastMonth }

// projected tells whether the code is judged from the projection, and so with hold.
func (c Code) projected() bool { return c == DowngradeProjected || c == MissProjected }

// event tells whether the code states something that happened (rule R49).
func (c Code) event() bool {
	return c >= TierDowngraded && c <= TierCorrected || c == LargeOutflow
}

func ruleOf(a *policy.Alerts, c Code) *policy.Rule {
	switch c {
	case MissProjected:
		return &a.MissProjected
	case WatchEntered:
		return &a.Watch
	case GraceLastMonth:
		return &a.Grace
	case DowngradeProjected:
		return &a.Downgrade
	case TierDowngraded:
		return &a.Downgraded
	case TierUpgraded:
		return &a.Upgraded
	case TierRestored:
		return &a.Restored
	case TierCorrected:
		return &a.Corrected
	case NearUpgrade:
		return &a.NearUpgrade
	case LargeOutflow:
		return &a.LargeOutflow
	case ActivitySilence:
	}
	return &a.Silence
}
