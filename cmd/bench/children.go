package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// childOf finds the process that a process started with this first argument, 0 where
// there is none or it cannot be told.
func childOf(parent int, argument string) int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil || parentOf(string(text)) != parent {
			continue
		}
		words, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if args := strings.Split(string(words), "\x00"); err != nil || len(args) < 2 || args[1] != argument {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		return pid
	}
	return 0
}

// parentOf reads what /proc/PID/stat holds.
func parentOf(stat string) int {
	var state string
	var parent int
	// Behind the name, which may hold anything.
	_, _ = fmt.Sscan(stat[strings.LastIndexByte(stat, ')')+1:], &state, &parent) // 0 of what is none
	return parent
}
