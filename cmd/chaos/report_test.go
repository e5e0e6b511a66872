package main

import (
	"fmt"
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
