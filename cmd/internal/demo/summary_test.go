package demo

import "testing"

// What the log holds adds up, and what this run cannot know it leaves out.
func TestTheSummaryAddsUp(t *testing.T) {
	var fresh, resumed Summary
	fresh.positions([]int64{70, 60}, 100, true)
	resumed.positions([]int64{70, 60}, 40, false)
	if fresh.Records != 130 || fresh.Written != 100 || fresh.Control != 30 {
		t.Errorf("a new log: %+v", fresh)
	}
	if resumed.Records != 130 || resumed.Written != 40 || resumed.Control != 0 {
		t.Errorf("a log that an earlier run began: %+v", resumed)
	}
}
