package main

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestWhichPolicyIsInForce: a version comes into force with the CLOSE of the day before
// its own, not with the clock.
func TestWhichPolicyIsInForce(t *testing.T) {
	const june1 = 20240
	days := []*pb.PolicyDay{{Version: 1, EffectiveDay: june1 - 100}, {Version: 2, EffectiveDay: june1}, {Version: 4, EffectiveDay: june1 + 30}}
	closed := func(last int32) *pb.TimeProgress {
		return &pb.TimeProgress{TickAt: int64(last+2) * 86400, BusinessDay: last + 2, LastClose: last, Policies: days}
	}
	older := closed(june1 + 5)
	older.Policies = days[2:]
	together := closed(june1 + 40)
	together.Policies = []*pb.PolicyDay{days[0], {Version: 2, EffectiveDay: june1}, {Version: 4, EffectiveDay: june1}}
	behind := closed(june1 + 5)
	behind.Policies = append(days[:3:3], &pb.PolicyDay{Version: 5, EffectiveDay: june1 + 3})
	for _, c := range []struct {
		name        string
		time        *pb.TimeProgress
		version     uint32
		waiting     bool
		from, state string
	}{
		{"before its day is closed", closed(june1 - 2), 2, false, "2025-06-01", "to come"},
		{"the one before it", closed(june1 - 2), 1, false, "2025-02-21", "in force"},
		{"the day before its own is closed", closed(june1 - 1), 2, false, "2025-06-01", "in force"},
		{"replaced", closed(june1 - 1), 1, false, "2025-02-21", "until 2025-05-31"},
		{"the next to come", closed(june1 + 5), 4, false, "2025-07-01", "to come"},
		{"published, not written yet", closed(june1), 5, true, "-", "waits to be written into the log"},
		{"published under a number that had no effect", closed(june1), 3, false, "-", "never: not newer than the one before it"},
		{"written by an older program", older, 2, false, "-", "not recorded: written by an older program"},
		{"to come, the others by an older program", older, 4, false, "2025-07-01", "to come"},
		{"two with one CLOSE: the later", together, 4, false, "2025-06-01", "in force"},
		{"one that waits for the one before it", behind, 5, false, "2025-07-01", "to come"},
		{"a log without a clock", &pb.TimeProgress{Policies: days[:1]}, 1, false, "2025-02-21", "in force"},
	} {
		if from, state := inForce(c.time, c.version, c.waiting); from != c.from || state != c.state {
			t.Errorf("%s: %s, %s, want %s, %s", c.name, from, state, c.from, c.state)
		}
	}
}
