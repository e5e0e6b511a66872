package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// What the embedded engines' processes are started with (deploy/embedded).
const (
	embeddedKafka      = "__kafka"
	embeddedClickHouse = "__clickhouse"
)

// broker is the process of the broker, 0 if it cannot be told.
func (s *stage) broker() int {
	if s.cluster != nil {
		return s.cluster.PID(1)
	}
	return childOf(os.Getpid(), embeddedKafka)
}

// meter is what this process and the engines had used when something began.
type meter struct {
	here               usage
	broker, clickhouse int // processes
	engines            [2]time.Duration
}

func (s *stage) begin() meter {
	m := meter{here: readUsage(), broker: s.broker(), clickhouse: childOf(os.Getpid(), embeddedClickHouse)}
	m.engines = [2]time.Duration{processCPU(m.broker), processCPU(m.clickhouse)}
	return m
}

// used is what came since.
func (m meter) used() used {
	u := readUsage().since(m.here)
	u.broker, u.clickhouse = processCPU(m.broker)-m.engines[0], processCPU(m.clickhouse)-m.engines[1]
	return u
}

// cost tells the CPU of one of n, process by process; what is next to nothing is left out.
func (u used) cost(n int) string {
	words := []string{fmt.Sprintf("%.2f µs CPU each here", us(u.cpu, n))}
	for _, engine := range []struct {
		name string
		cpu  time.Duration
	}{{"broker", u.broker}, {"ClickHouse", u.clickhouse}} {
		if each := us(engine.cpu, n); each >= 0.005 {
			words = append(words, fmt.Sprintf("%s %.2f", engine.name, each))
		}
	}
	return strings.Join(words, ", ")
}
