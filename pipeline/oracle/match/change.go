package match

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Change is a tier change of the fold as the oracle tells one.
func Change(c *pb.TierChange) *oracle.Change {
	return &oracle.Change{
		Offset: c.Log.GetOffset(), Customer: c.CustomerId, Scheme: c.Scheme, Kind: c.Kind, From: c.From, To: c.To,
		FromRank: int(c.FromRank), ToRank: int(c.ToRank), Decided: c.DecidedDay, Effective: c.EffectiveDay, Supersedes: c.SupersedesDay,
		Misses: int(c.Misses), Watch: c.Watch, Period: oracle.Period{Start: c.PeriodStart, End: c.PeriodEnd}, Value: c.ValueMinor,
		Threshold: c.ThresholdMinor,
	}
}
