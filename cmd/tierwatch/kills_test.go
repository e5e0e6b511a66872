package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/audit"
)

// ClickHouse, the broker and the program itself are killed while the history is
// played: nothing is lost and nothing doubled.
func TestDemoSurvivesKillsOfItsEngines(t *testing.T) {
	needsEngine(t)
	dir := t.TempDir()
	d := start(t, "demo", "--once", "--data-dir", dir, "--log-level", "info", "--customers", "500", "--months", "6", "--seed", "7")
	d.await(`"through":"2025-01-31"`)
	d.killEngine("clickhouse")
	d.saw(`"through":"2025-02-28"`)
	d.killEngine("kafka")
	d.saw(`"component":"kafka-engine","event":"restarted"`)
	d.saw(`"component":"clickhouse-engine","event":"restarted"`)
	d.saw(`"through":"2025-04-30"`)
	d.kill()

	// The history goes on while ClickHouse is away: on a machine where that is long, it may
	// be over by the kill.
	rest := !d.told(`"through":"2025-06-30"`)
	if s := once(t, dir); !s.Resumed || rest && s.Written == 0 {
		t.Errorf("the second start: resumed %t, %d records written; want the rest of the history: %t", s.Resumed, s.Written, rest)
	}
	if r := verify(t, dir); r.Found != 0 || r.Transactions == 0 || r.Rows["customer_tiers"] == 0 {
		t.Errorf("verify: %+v", r)
	}
}

// verify audits a data directory.
func verify(t *testing.T, dir string) *audit.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errOut bytes.Buffer
	c := program(ctx, "verify", "--data-dir", dir, "--json")
	c.Stdout, c.Stderr = &out, &errOut
	_ = c.Run() // the report tells
	r := new(audit.Report)
	if err := json.Unmarshal(out.Bytes(), r); err != nil {
		t.Fatalf("verify: %v\n%s\n%s", err, out.String(), errOut.String())
	}
	return r
}

// saw returns when a line with text has come, be it long ago.
func (d *running) saw(text string) {
	d.t.Helper()
	if !d.told(text) {
		d.await(text)
	}
}

// told says whether a line with text was read.
func (d *running) told(text string) bool {
	return slices.ContainsFunc(d.tail, func(line string) bool { return strings.Contains(line, text) })
}

// killEngine kills the child that the program told of last.
func (d *running) killEngine(engine string) {
	d.t.Helper()
	pid := d.enginePID(engine)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		d.t.Fatalf("kill %s, process %d: %v", engine, pid, err)
	}
}

func (d *running) enginePID(engine string) int {
	d.t.Helper()
	pid := 0
	for _, line := range d.tail {
		var said struct {
			Component, Event string
			PID              int
		}
		if json.Unmarshal([]byte(line), &said) == nil && said.Component == engine+"-engine" && (said.Event == "started" || said.Event == "restarted") {
			pid = said.PID
		}
	}
	if pid == 0 {
		d.t.Fatalf("the program did not tell of %s:\n%s", engine, strings.Join(d.tail, "\n"))
	}
	return pid
}
