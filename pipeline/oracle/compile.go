package oracle

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// FromText is the Compile that reads the record's own text.
func FromText(base string) Compile {
	return func(a *pb.PolicyActivation) (*policy.Plan, error) {
		return policy.Compile("", a.Yaml, policy.Options{BaseCurrency: base})
	}
}
