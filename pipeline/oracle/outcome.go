package oracle

import (
	"math/big"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Outcome lists what a log decided, in log order; within one record in the order
// of the customers' first appearance.
type Outcome struct {
	Changes     []Change
	Results     []Result
	DeadLetters []DeadLetter
	Verdicts    []Verdict
	Points      []Point
	Rewrites    []Rewrite
	Alerts      []Alert
}

// Change is a tier change.
type Change struct {
	Offset             int64
	Customer, Scheme   string
	Kind               pb.ChangeKind
	From, To           string
	FromRank, ToRank   int
	Decided, Effective Day
	// Supersedes is the effective day of the change that a correction replaces, 0: none.
	Supersedes Day
	Misses     int
	Watch      bool
	// Period decided, by Value of the scheme's lead; 0 of what the bank told or rules did.
	// Threshold is what the higher of the two tiers asks of it.
	Period           Period
	Value, Threshold int64
	// Untold: the policy wants no such change told.
	Untold bool
}

// Result is the assessment of one period as it was decided or restated.
type Result struct {
	Offset           int64
	Customer, Scheme string
	Period           Period
	Version          uint32
	// Sum is the exact sum of the lead metric over the period, base minor units x
	// days x 10^16 (for other metrics the value x 10^16).
	Sum     *big.Int
	Divisor int64
	// Value is the lead as shown.
	Value   int64
	Covered bool
	Reached int
	// Missed: it counted as a miss, with a fall or without.
	Missed bool
	// Restated is true when a correction made the machine run again.
	Restated bool
}

// DeadLetter is a record that could not be used.
type DeadLetter struct {
	Offset            int64
	Customer, EventID string
	Cause             string
}

// Verdict is a record that was not simply applied.
type Verdict struct {
	Offset            int64
	Customer, EventID string
	Kind              pb.VerdictKind
	Cause             string
	Account           string
	Day               Day
	Amount            int64
}

// Point is a customer in a scheme as of a CLOSE.
type Point struct {
	Offset   int64
	Day      Day
	Customer string
	Metrics  []int64
	Scores   []int32
	// Assets are all that he holds, base minor units; Provisional, what he holds may be
	// worth something else yet.
	Assets      *big.Int
	Provisional bool
	Schemes     []SchemePoint
	// Owed: a row of the day is written, because a booking, another record or a movement has
	// it, other units are held, or a tier, watch or proposal was decided (semantics 8). For
	// other reasons one may be.
	Owed bool
}

// Rewrite says that a record changed something in days that are closed: a row of each,
// First to Last, is written again (semantics 8).
type Rewrite struct {
	Offset      int64
	Customer    string
	First, Last Day
}

// SchemePoint is the standing in one scheme as of a CLOSE.
type SchemePoint struct {
	Scheme string
	State  State
	// Tier and LandsOn are the names of the tier and of the one that a projected fall
	// leads to, "" without one.
	Tier, LandsOn string
	Projection    Projection
	// Assets and Holdings are what the scheme's metric counts of the day.
	Assets        *big.Int
	Holdings      []Held
	Sum           *big.Int
	Period        Period
	Divisor       int64
	Threshold     int64
	NextThreshold int64
	// Known: the state is that of the day. Must: a row of that day, written again,
	// shows it; see [Customer.PointOf].
	Known, Must bool
	// RunRate is the change of the assets a day (R63), nil without a tier.
	RunRate *big.Int
}
