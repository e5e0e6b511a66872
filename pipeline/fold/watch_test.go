package fold_test

import (
	"syscall"
	"testing"
	"time"
)

// watch tells what a benchmark costs a customer: by the clock, and in CPU time, which
// says more on a machine that others use too.
type watch struct{ began time.Duration }

func startWatch() watch { return watch{cpuTime()} }

func (w watch) report(b *testing.B, customers int) {
	n := float64(b.N * customers)
	b.ReportMetric(float64((cpuTime()-w.began).Nanoseconds())/n, "cpu-ns/customer")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/customer")
}

func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
