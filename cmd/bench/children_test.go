package main

import (
	"os"
	"testing"
	"time"
)

func TestWhoseChildAProcessIs(t *testing.T) {
	if got := parentOf("4242 (a (bad) name) S 17 4242 4242 0 -1"); got != 17 {
		t.Errorf("parent %d, want 17", got)
	}
	if got := parentOf(""); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
	// The tool that runs the tests has this process as a child; its first argument is
	// none of an engine.
	if got := childOf(os.Getppid(), embeddedKafka); got == os.Getpid() {
		t.Error("this process is taken for a broker")
	}
	if len(os.Args) > 1 {
		if got := childOf(os.Getppid(), os.Args[1]); got != os.Getpid() {
			t.Errorf("the child with the first argument %q is %d, want %d", os.Args[1], got, os.Getpid())
		}
	}
}

func TestTheCostOfOneByProcess(t *testing.T) {
	u := used{cpu: 2 * time.Second, broker: time.Second}
	if got, want := u.cost(1_000_000), "2.00 µs CPU each here, broker 1.00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	u.clickhouse = 3 * time.Second
	if got, want := u.cost(1_000_000), "2.00 µs CPU each here, broker 1.00, ClickHouse 3.00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
