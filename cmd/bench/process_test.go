package main

import (
	"os"
	"testing"
	"time"
)

func TestWhatAProcessUses(t *testing.T) {
	const stat = "4242 (a (bad) name) S 1 4242 4242 0 -1 4194560 900 0 0 0 250 50 7 7 20 0 9 0 100 0 0"
	if got := cpuOf(stat); got != 3*time.Second {
		t.Errorf("CPU %s, want the 2.5 s of the user and the 0.5 s of the system", got)
	}
	if got, want := residentOf("9000 300 20 5 0 800 0\n"), int64(300*os.Getpagesize()); got != want {
		t.Errorf("resident %d, want %d", got, want)
	}
	if cpuOf("") != 0 || residentOf("") != 0 || processMemory(-1) != 0 {
		t.Error("nothing known: want 0")
	}
}
