package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

func TestWithoutJavaARunIsSkippedExceptOnABuildMachine(t *testing.T) {
	absent := fmt.Errorf("start Apache Kafka: %w: install Java", kafkatest.ErrAbsent)
	t.Setenv("CI", "")
	r := report{Kafka: 3}
	r.end(absent)
	if !r.skipped() || r.sound() || !strings.Contains(r.summary(), "SKIPPED") || !strings.Contains(r.summary(), "install Java") {
		t.Errorf("skipped %t, sound %t: %s", r.skipped(), r.sound(), r.summary())
	}
	t.Setenv("CI", "true")
	r = report{Kafka: 3}
	r.end(absent)
	if r.skipped() || r.sound() || !strings.Contains(r.summary(), "FAILED") {
		t.Errorf("on a build machine: skipped %t, sound %t: %s", r.skipped(), r.sound(), r.summary())
	}
}

// What the oracle compared and the clocks told is in the summary of a run and in the sum
// of many reports.
func TestWhatWasComparedIsTold(t *testing.T) {
	r := report{
		hours:        hours{Days: 10, Ticks: 500, CutShort: 2},
		consultation: consultation{Consulted: 48, Moves: 90, Verdicts: 70, Letters: 3, Alerts: 40, Snapshots: 600, Standings: 96},
	}
	if want := "90 moves, 70 verdicts, 3 dead letters, 40 alerts, 600 snapshots, 96 standings of 48 customers"; !strings.Contains(r.summary(), want) {
		t.Errorf("the summary lacks %q: %s", want, r.summary())
	}
	file := filepath.Join(t.TempDir(), "report.json")
	if err := r.write(file); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := sum(&out, []string{file, file}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"days 20, ticks 1000 (4 cut short)",
		"180 moves, 140 verdicts, 6 dead letters, 80 alerts, 1200 snapshots, 192 standings of 96 customers",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the sum lacks %q:\n%s", want, out.String())
		}
	}
}
