package kafkatest

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

const (
	// patience bounds a wait for what another process does.
	patience = 2 * time.Minute
	// look is how often we ask a broker; there is nothing to subscribe to.
	look = 20 * time.Millisecond
)

// Until asks again and again until ok; what says for what the test gave up.
func Until(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	Within(tb, patience, what, ok)
}

// Within is [Until] for what takes longer on a slow machine than most.
func Within(tb testing.TB, most time.Duration, what string, ok func() bool) {
	tb.Helper()
	limit := time.NewTimer(most)
	defer limit.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for !ok() {
		select {
		case <-limit.C:
			tb.Fatalf("gave up waiting: %s", what)
		case <-tick.C:
		}
	}
}

// GroupStable waits until a group has so many members and its rebalance is over.
func GroupStable(tb testing.TB, admin *kadm.Client, group string, members int) {
	tb.Helper()
	Until(tb, "group "+group+" is stable", func() bool {
		all, err := admin.DescribeGroups(tb.Context(), group)
		if err != nil {
			return false // while its coordinator moves
		}
		g := all[group]
		return g.Err == nil && g.State == "Stable" && len(g.Members) == members
	})
}

// TopicsKnown waits until topics just made are known, with a leader of each partition: a
// busy broker may refuse them for a while.
func TopicsKnown(tb testing.TB, admin *kadm.Client, topics ...string) {
	tb.Helper()
	Until(tb, "topics are known", func() bool {
		known, err := admin.ListTopics(tb.Context(), topics...)
		if err != nil || known.Error() != nil || len(known) < len(topics) {
			return false
		}
		led := true
		known.EachPartition(func(p kadm.PartitionDetail) { led = led && p.Err == nil && p.Leader >= 0 })
		return led
	})
}
