package topology

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
)

// inSync is the setting that says how many replicas have a record when it is
// acknowledged; all writers wait for that (acks=all). Kafka's default is 1: what one
// broker alone had is gone with its disk, though it was acknowledged.
const inSync = "min.insync.replicas"

// From three replicas on, two have each record, and the loss of one broker stops nobody.
// Two replicas cannot have both, so what they do is left to the operator.
const (
	manyReplicas = 3
	leastInSync  = 2
)

func checkInSync(name string, replicas int, value string) Findings {
	n, err := strconv.Atoi(value)
	finding := func(wanted string, set int) Findings {
		return Findings{{name, inSync, value, wanted, alter(name, inSync, strconv.Itoa(set))}}
	}
	switch {
	case err == nil && n > replicas:
		return finding(fmt.Sprintf("at most %d, its replicas, else nothing can be written", replicas), min(leastInSync, max(1, replicas-1)))
	case replicas >= manyReplicas && (err != nil || n < leastInSync):
		return finding(fmt.Sprintf("at least %d, else a record is acknowledged that one broker alone has", leastInSync), leastInSync)
	}
	return nil
}

// secure sets min.insync.replicas of a topic just created whose number of replicas the
// brokers have chosen.
func secure(ctx context.Context, admin *kadm.Client, made kadm.CreateTopicResponse) error {
	now, told := made.Configs[inSync]
	if !told || now.Value == nil || int(made.ReplicationFactor) < manyReplicas ||
		checkInSync(made.Topic, int(made.ReplicationFactor), *now.Value) == nil {
		return nil
	}
	change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: inSync, Value: new(strconv.Itoa(leastInSync))}}
	answers, err := admin.AlterTopicConfigs(ctx, change, made.Topic)
	if err == nil {
		_, err = answers.On(made.Topic, nil)
	}
	if err != nil {
		return fmt.Errorf("set %s of topic %s: %w", inSync, made.Topic, err)
	}
	return nil
}
