package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tickOfCPU is the unit of /proc/PID/stat.
const tickOfCPU = 10 * time.Millisecond

// processCPU is the CPU that another process has used, 0 where it cannot be told.
func processCPU(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return cpuOf(string(text))
}

// cpuOf reads what /proc/PID/stat holds.
func cpuOf(stat string) time.Duration {
	// Behind the name, which may hold anything: state is the third field.
	_, rest, _ := strings.Cut(stat[strings.LastIndexByte(stat, ')')+1:], " ")
	fields := strings.Fields(rest)
	ticks := 0
	for _, i := range []int{11, 12} { // utime and stime are fields 14 and 15
		if i < len(fields) {
			n, _ := strconv.Atoi(fields[i])
			ticks += n
		}
	}
	return time.Duration(ticks) * tickOfCPU
}

// processMemory is the memory that another process holds, bytes; 0 where it cannot be told.
func processMemory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	return residentOf(string(text))
}

// residentOf reads what /proc/PID/statm holds: pages, the resident ones second.
func residentOf(statm string) int64 {
	fields := strings.Fields(statm)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
