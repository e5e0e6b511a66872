package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	"github.com/tierwatch/tierwatch/pipeline/wide"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Explanation is a customer with the inputs of every decision. It is a copy and
// stays valid. Days are days since 1970, money base minor units.
type Explanation struct {
	Customer string
	Profile  pb.Customer
	// Day is the customer's day; ClosedThrough the partition's last CLOSE.
	Day, ClosedThrough int32
	// Now is the moment that is shown: the cut of the day closed last or, later, the
	// last TICK; UTCOffset are the zone's seconds east of UTC that it told.
	Now       int64
	UTCOffset int32
	Plan      *policy.Plan
	Accounts  []AccountView
	// Metrics and Scores are in the order of the plan, as of AsOf.
	AsOf    int32
	Metrics []int64
	Scores  []ScoreView
	Schemes []SchemeView
	Alerts  []*pb.Alert
	Entries int
	Waiting int
}

// AccountView is one account as of Explanation.AsOf.
type AccountView struct {
	ID             string
	Type           pb.AccountType
	Unit           string
	Book, Value    int64
	Opened, Closed int32
	KnownFrom      int32
	Limit          int64
	DPD            int32
	Healed         bool
	Inferred       bool
}

// ScoreView is a score with its contributions (basis points).
type ScoreView struct {
	Name  string
	Score int32
	Parts []ScorePart
}

// ScorePart is one dimension's part: points x weight / 10000 is what it gives, so
// rounded that the parts add up to the score (rule R110).
type ScorePart struct {
	Dimension        string
	Points, WeightBP int32
	Gives            int32
}

// SchemeView is a customer's place in a scheme and where it leads.
type SchemeView struct {
	Name  string
	State tier.State
	// PeriodStart and PeriodEnd bound the open period.
	PeriodStart, PeriodEnd int32
	// SumSoFar is S of the closed days of the open period (ADB schemes), scaled by
	// metric.Scale; Reached what the period will reach under no activity.
	SumSoFar   wide.Int
	Reached    uint8
	Projection project.Fall
	Money      project.Money
	Results    []tier.Result
}
