package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A run whose report is nowhere has not done what it was asked for.
func TestAReportThatCannotBeWrittenFailsTheRun(t *testing.T) {
	dir := t.TempDir()
	r := &report{Skipped: "no Java"}
	if code := tell(r, filepath.Join(dir, "report.json")); code != 0 {
		t.Errorf("written: exit code %d", code)
	}
	if code := tell(r, filepath.Join(dir, "nowhere", "report.json")); code != 1 {
		t.Errorf("not written: exit code %d", code)
	}
}

// What is wrong with a flag is told with its name and its value.
func TestAFlagOutOfRangeIsNamed(t *testing.T) {
	for args, want := range map[string]string{
		"-duration 3s":       "-duration 3s: must be at least 5s",
		"-customers 0":       "-customers 0: ",
		"-idle -1":           "-idle -1: ",
		"-day 1ms":           "-day 1ms: ",
		"-kafka 2":           "-kafka 2: ",
		"-protocol fast":     "-protocol fast: ",
		"-protocol consumer": "-protocol consumer: needs -kafka",
		"-volleys 1ms":       "-volleys 1ms: ",
		"-consult -1":        "-consult -1: ",
	} {
		if _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
