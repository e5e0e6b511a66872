package control

import (
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// The only node of the broker is killed while a conductor holds office and time goes
// on, and comes back: each TICK and CLOSE is in each partition once and in order.
func TestTheBrokerIsRestartedUnderAConductor(t *testing.T) {
	cluster := kafkatest.Shared(t, 1)
	o := newOfficeOn(t, cluster.Broker())
	clock := newHandClock(at("2025-03-10 23:58:00"))
	o.publish(1, "")
	o.conductor(clock)
	r := o.reader()
	// A kill between what is written and its place would have it written once more.
	r.until("tick 2025-03-10 23:58")
	o.saved("2025-03-10 23:58:00")
	for _, c := range []struct{ down, up string }{
		{"2025-03-10 23:59", "2025-03-11 00:00"}, {"2025-03-11 03:00", "2025-03-11 03:01"}, // then the day closes
	} {
		cluster.Kill(1)
		clock.set(at(c.down + ":00")) // it is to write, and cannot
		if err := cluster.Restart(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		r.until("tick " + c.down)
		clock.set(at(c.up + ":00"))
		r.until("tick " + c.up)
		o.saved(c.up + ":00")
	}
	r.until("close 2025-03-10")
	for p, got := range r.got {
		seen := map[string]int{}
		var ticks []string
		for _, g := range got {
			if seen[g]++; strings.HasPrefix(g, "tick") {
				ticks = append(ticks, g)
			}
			if seen[g] > 1 && !strings.HasPrefix(g, "term") {
				t.Errorf("partition %d: %s was written twice", p, g)
			}
		}
		if !slices.IsSorted(ticks) {
			t.Errorf("partition %d: ticks out of order: %q", p, ticks)
		}
	}
}
