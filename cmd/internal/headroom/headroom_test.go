package headroom_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/headroom"
)

var sink []byte

// collections that a hundred MiB of garbage cause.
func collections() uint32 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 100 {
		sink = make([]byte, 1<<20)
	}
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

func TestASmallHeapIsSeldomCollected(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	without := collections()
	release := headroom.Keep()
	with := collections()
	release()
	if without < 5 || with > 1 {
		t.Errorf("100 MiB of garbage are collected %d times, with headroom %d; want at least 5, and at most 1", without, with)
	}
}

func TestTheOperatorsPlanGoesFirst(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Setenv("GOGC", "")
		t.Setenv("GOMEMLIMIT", "")
		t.Setenv(name, "100")
		release := headroom.Keep()
		if n := collections(); n < 5 {
			t.Errorf("with %s set, 100 MiB of garbage are collected %d times, want at least 5", name, n)
		}
		release()
	}
}
