package main

import (
	"runtime"
	"runtime/metrics"
	"syscall"
	"time"
)

// usage is what this process has used so far.
type usage struct {
	wall     time.Time
	cpu      time.Duration
	gc, work float64
}

// cpuTime is what the process has used, its children apart.
func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func readUsage() usage {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		{Name: "/cpu/classes/total:cpu-seconds"},
		{Name: "/cpu/classes/idle:cpu-seconds"},
	}
	metrics.Read(samples)
	idleMark := samples[1].Value.Float64()
	return usage{
		wall: time.Now(),
		cpu:  cpuTime(),
		gc:   samples[0].Value.Float64() - idleMark,
		work: samples[2].Value.Float64() - samples[3].Value.Float64() - idleMark,
	}
}

// used is what a stretch of work took: the process's own CPU, and that of the engines
// where it was asked for.
type used struct {
	wall, cpu          time.Duration
	broker, clickhouse time.Duration
}

func (u usage) since(before usage) used {
	return used{wall: u.wall.Sub(before.wall), cpu: u.cpu - before.cpu}
}

// times is what n times as much work takes at the same pace.
func (u used) times(n float64) used {
	return used{
		wall: time.Duration(n * float64(u.wall)), cpu: time.Duration(n * float64(u.cpu)),
		broker: time.Duration(n * float64(u.broker)), clickhouse: time.Duration(n * float64(u.clickhouse)),
	}
}

// gcShare is the share of CPU that garbage collection took between two readings;
// the runtime brings its figures up to date at the end of each collection.
func (u usage) gcShare(since usage) float64 {
	if u.work <= since.work {
		return 0
	}
	return (u.gc - since.gc) / (u.work - since.work)
}

// heap is the live heap, after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
