package topics

import (
	"fmt"
	"strings"
)

// ID names a topic independently of the deployment's prefix.
type ID string

// The topics. Events is the log, the truth; the rest follows from it or
// steers the program.
const (
	Events      ID = "events"
	Alerts      ID = "alerts"
	TierChanges ID = "tier-changes"
	Snapshots   ID = "snapshots"
	Verdicts    ID = "verdicts"
	State       ID = "state"
	Reports     ID = "reports"
	Deliveries  ID = "deliveries"
	Control     ID = "control"
	DLQ         ID = "dlq"
)

// Namespace is the prefix of every topic name of a deployment.
type Namespace string

// DefaultNamespace is the prefix when the configuration names none.
const DefaultNamespace Namespace = "tierwatch"

// Topic returns the name of id on the broker. An empty namespace is the default.
func (n Namespace) Topic(id ID) string {
	if n == "" {
		n = DefaultNamespace
	}
	return string(n) + "." + string(id)
}

// Group returns the name of a consumer group of this deployment, so that two
// deployments on one broker never share one.
func (n Namespace) Group(role string) string {
	if n == "" {
		n = DefaultNamespace
	}
	return string(n) + "-" + role
}

// maxName is Kafka's limit on the length of a topic name.
const maxName = 249

// Validate says why n cannot be the prefix of a topic name.
func (n Namespace) Validate() error {
	for _, r := range string(n) {
		ok := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
		if !ok {
			return fmt.Errorf("topic prefix %q: %q is not allowed, use letters, digits, '.', '_' and '-'", string(n), r)
		}
	}
	for _, spec := range table {
		if len(n.Topic(spec.ID)) > maxName {
			return fmt.Errorf("topic prefix %q: topic %q would be longer than %d characters", string(n), n.Topic(spec.ID), maxName)
		}
	}
	return nil
}
