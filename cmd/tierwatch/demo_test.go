package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwatch/tierwatch/cmd/internal/demo"
	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// patience bounds a run of the program on a busy machine.
const patience = 5 * time.Minute

// needsEngine skips when the engine's library cannot be had: it says why.
func needsEngine(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the real engines")
	}
	if _, err := embedded.FetchClickHouse(t.Context(), embedded.FetchOptions{}); err != nil {
		if errors.Is(err, embedded.ErrPlatform) || errors.Is(err, embedded.ErrNoNPM) {
			t.Skipf("no ClickHouse library: %v", err)
		}
		t.Fatal(err)
	}
}

// unhurried lets a stop of the engines take as long as a busy machine needs.
const unhurried = "--stop-timeout=2m"

// program is tierwatch as a child process.
func program(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], append(slices.Clone(args), unhurried)...) //nolint:gosec // this test
	c.Env = append(os.Environ(), asProgram+"=1")
	c.WaitDelay = 10 * time.Second
	return c
}

// once runs demo --once on dir and returns its summary.
func once(t *testing.T, dir string, args ...string) demo.Summary {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errOut bytes.Buffer
	c := program(ctx, append([]string{"demo", "--once", "--data-dir", dir}, args...)...)
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil {
		t.Fatalf("demo --once: %v\n%s", err, errOut.String())
	}
	var s demo.Summary
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatalf("standard output is not the summary alone: %v\n%s", err, out.String())
	}
	if strings.Contains(errOut.String(), "C-") {
		t.Errorf("a customer's id in the log:\n%s", errOut.String())
	}
	return s
}

var smallBank = []string{"--customers", "200", "--months", "3", "--seed", "7"}

// truth is what the bank says of its history, counted without the program.
type truth struct{ records, transactions, repeats, malformed uint64 }

func theTruth(t *testing.T) truth {
	t.Helper()
	p := synth.Defaults()
	p.Customers, p.Months, p.Seed = 200, 3, 7
	b := synth.New(p)
	var n truth
	seen := map[string]bool{}
	for day := p.Start; day <= p.LastHistoryDay(); day++ {
		err := b.Day(day, func(it synth.Item) error {
			if it.Record == nil {
				n.malformed++
				return nil
			}
			n.records++
			if x := it.Record.Transaction; x != nil {
				n.transactions++
				if id := x.Source + ":" + x.TxnId; seen[id] {
					n.repeats++
				} else {
					seen[id] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// The walking skeleton: bank to log, fold and ClickHouse; what is in ClickHouse
// is what the bank says; a second start repeats nothing.
func TestDemoOnceThenAgain(t *testing.T) {
	needsEngine(t)
	dir, want := t.TempDir(), theTruth(t)
	s := once(t, dir, smallBank...)
	for name, n := range map[string][2]uint64{
		"records written":       {uint64(s.Written), want.records},
		"broken rows":           {uint64(s.Rejected), want.malformed},
		"transactions":          {s.Rows["events_raw"], want.transactions},
		"dead letters":          {s.Rows["dlq"], want.malformed},
		"duplicates":            {s.Verdicts["duplicate"], want.repeats},
		"transactions, no more": {s.Rows["events"] + want.repeats, want.transactions},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", name, n[0], n[1])
		}
	}
	var inTiers uint64
	for _, tier := range s.Tiers {
		if tier.Scheme == "card" {
			inTiers += tier.Customers
		}
		if hasMoney := tier.AUMMinor != nil; hasMoney != (tier.Scheme == "card") {
			t.Errorf("%s %s: told with money %t; only card goes by money", tier.Scheme, tier.Tier, hasMoney)
		}
	}
	if inTiers < 190 || inTiers > 200 {
		t.Errorf("%d customers have a card tier, want nearly all of 200", inTiers)
	}
	if s.Alerts["OPEN"]["MISS_PROJECTED"] == 0 {
		t.Errorf("nobody is warned: %v", s.Alerts)
	}

	if s.Control == 0 || s.Records != s.Written+s.Control {
		t.Errorf("%d positions of the log are %d written and %d of control", s.Records, s.Written, s.Control)
	}

	again := once(t, dir)
	if !again.Resumed || again.Written != 0 {
		t.Errorf("a second start: resumed %t, %d records written; want only a resume", again.Resumed, again.Written)
	}
	if diff := cmp.Diff(holds(s), holds(again)); diff != "" {
		t.Errorf("a second start changes what is there (-first +second):\n%s", diff)
	}
}

// holds is what a summary says about the data, not about the run.
func holds(s demo.Summary) demo.Summary {
	s.Resumed, s.Written, s.Control, s.Rejected, s.Seconds, s.RecordsPerSecond, s.Records = false, 0, 0, 0, nil, 0, 0
	return s
}

// A kill in the middle of the history loses nothing: the next start ends with
// the same tiers, alerts and moves as a bank that was never disturbed.
func TestDemoSurvivesAKill(t *testing.T) {
	needsEngine(t)
	// A month is written in a blink, and the kill must come before the history is over: then
	// live days begin.
	bank := []string{"--customers", "200", "--months", "12", "--seed", "7"}
	undisturbed := once(t, t.TempDir(), bank...)

	dir := t.TempDir()
	for _, through := range []string{"2025-01-31", "2025-05-31"} {
		d := start(t, append([]string{"demo", "--data-dir", dir, "--log-level", "info"}, bank...)...)
		d.await(`"through":"` + through + `"`)
		d.kill()
	}
	s := once(t, dir)
	for _, name := range []string{"duplicate", "late", "reversed"} { // the day in work is written twice
		delete(s.Verdicts, name)
		delete(undisturbed.Verdicts, name)
	}
	for _, r := range []*demo.Summary{&s, &undisturbed} {
		for _, view := range []string{"events_raw", "verdicts", "dlq"} {
			delete(r.Rows, view)
		}
		r.DeadLetters = nil
	}
	if diff := cmp.Diff(holds(undisturbed), holds(s)); diff != "" {
		t.Errorf("after two kills (-undisturbed +killed):\n%s", diff)
	}
	if r := verify(t, dir); r.Found != 0 {
		t.Errorf("after two kills verify finds %d differences", r.Found)
	}
}

// Ctrl-C in live play is a clean end with exit code 0, engines included, and the
// next start goes on after the last closed day. The books balance over both.
func TestDemoStopsAndGoesOn(t *testing.T) {
	needsEngine(t)
	dir := t.TempDir()
	args := append([]string{"demo", "--data-dir", dir, "--day", "1s", "--log-level", "info", "--lang", "en"}, smallBank...)
	d := start(t, args...)
	d.await("business day closed")
	engines := []int{d.enginePID("kafka"), d.enginePID("clickhouse")}
	d.interrupt()
	if code := d.wait(); code != 0 {
		t.Errorf("Ctrl-C ends with exit code %d, want 0", code)
	}
	for _, pid := range engines { // not their ports: anybody may have those by now
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("engine %d still runs after a clean stop (%v)", pid, err)
		}
	}

	d = start(t, args...)
	d.await("business day closed")
	d.interrupt()
	if code := d.wait(); code != 0 {
		t.Errorf("a second Ctrl-C, of a second start, ends with exit code %d, want 0", code)
	}
	r := verify(t, dir)
	if r.Found != 0 || len(r.Sources) != 1 || r.Sources[0].Accepted == 0 {
		t.Errorf("verify: %+v", r)
	}
}

// running is a demo under way.
type running struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string // of standard error; capacity: none is lost while nobody waits
	ended chan struct{}
	tail  []string
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	d := &running{t: t, cmd: program(ctx, args...), lines: make(chan string, 10_000), ended: make(chan struct{})}
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	errOut, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.cmd.Stdout = io.Discard
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		scan := bufio.NewScanner(errOut)
		for scan.Scan() {
			d.lines <- scan.Text()
		}
		close(d.lines)
		_ = d.cmd.Wait() // the exit code tells
		close(d.ended)
	}()
	return d
}

// await returns when a line with text has come.
func (d *running) await(text string) {
	d.t.Helper()
	for line := range d.lines {
		d.tail = append(d.tail, line)
		if strings.Contains(line, text) {
			return
		}
	}
	d.t.Fatalf("the program ended without %q:\n%s", text, strings.Join(d.tail, "\n"))
}

func (d *running) interrupt() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		d.t.Fatal(err)
	}
}

func (d *running) kill() {
	d.t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	d.wait()
}

// wait returns the exit code.
func (d *running) wait() int {
	for line := range d.lines {
		d.tail = append(d.tail, line)
	}
	<-d.ended
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		d.t.Logf("the program said:\n%s", strings.Join(d.tail[max(0, len(d.tail)-20):], "\n"))
	}
	return d.cmd.ProcessState.ExitCode()
}
