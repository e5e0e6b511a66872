package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// TestDemoSurvivesManyKills: a demo in live play whose parent and engines are killed
// again and again, in an order that the seed draws: when a day has closed or at any
// moment, an engine while it still comes back from the last kill, the parent together with
// an engine. TIERWATCH_KILLS is how many at least, and TIERWATCH_SEED another order
// (docs/reliability.md).
func TestDemoSurvivesManyKills(t *testing.T) {
	needsEngine(t)
	if runtime.GOOS != "linux" {
		t.Skip("engines that still start are found in /proc")
	}
	most := asked(t, "TIERWATCH_KILLS", 3)
	rng := rand.New(rand.NewPCG(uint64(asked(t, "TIERWATCH_SEED", 1)), 4))
	dir := t.TempDir()
	k := &kills{rng: rng, of: map[string]int{}}
	lives := 0
	for k.n < most {
		d := start(t, "demo", "--data-dir", dir, "--day", "1s", "--log-level", "info", "--customers", "100", "--months", "1", "--seed", "7")
		// A program that finds no engine at its start ends, and does not wait for one: before
		// it is in live play it is killed itself.
		if lives == 0 || rng.IntN(3) > 0 {
			d.await("business day closed")
			for range rng.IntN(4) {
				k.engine(d)
			}
		}
		k.parent(d)
		if lives++; lives%10 == 0 {
			if r := verify(t, dir); r.Found != 0 {
				t.Fatalf("after %v verify finds %d differences", k.of, r.Found)
			}
		}
	}
	r := verify(t, dir)
	if r.Found != 0 || r.Transactions == 0 || r.Rows["customer_tiers"] == 0 {
		t.Errorf("after %v: %+v", k.of, r)
	}
	t.Logf("killed in %d lives: %v; %d transactions, no difference", lives, k.of, r.Transactions)
}

// asked is a number that the environment may name.
func asked(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// kills are those of one test, by what was killed.
type kills struct {
	rng *rand.Rand
	n   int
	of  map[string]int
}

func (k *kills) count(what string) {
	k.n++
	k.of[what]++
}

func (k *kills) draw() string { return []string{"kafka", "clickhouse"}[k.rng.IntN(2)] }

// moment lets some time pass, up to a bound: a kill shall come whatever is at work.
func (k *kills) moment(most time.Duration) { time.Sleep(time.Duration(k.rng.Int64N(int64(most)))) }

// engine kills one of a program in live play, now and then while it comes back, and may
// wait until it is back.
func (k *kills) engine(d *running) {
	d.t.Helper()
	engine := k.draw()
	if k.rng.IntN(2) == 0 {
		k.moment(time.Second)
	}
	d.strike(engine)
	k.count(engine)
	for k.rng.IntN(3) == 0 {
		k.moment(300 * time.Millisecond)
		d.strike(engine)
		k.count(engine + " again")
	}
	if k.rng.IntN(3) == 0 {
		return
	}
	d.await(`"component":"` + engine + `-engine","event":"restarted"`)
	for range k.rng.IntN(2) {
		d.await("business day closed")
	}
}

// parent kills a program, wherever it is, alone or with one of its engines.
func (k *kills) parent(d *running) {
	d.t.Helper()
	if k.rng.IntN(2) == 0 {
		k.moment(3 * time.Second)
	}
	if k.rng.IntN(2) == 0 {
		d.kill()
		k.count("parent")
		return
	}
	k.together(d, k.draw())
}

// together kills a program and one of its engines at once.
func (k *kills) together(d *running, engine string) {
	d.t.Helper()
	pid := d.child(engine)
	if err := d.cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	if pid != 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended already, as the program has
	}
	d.wait()
	k.count("parent and " + engine)
}

// strike kills the process of an engine that the program runs, be it still starting; if it
// has none, then the next one.
func (d *running) strike(engine string) {
	d.t.Helper()
	kafkatest.Within(d.t, patience, engine+" runs", func() bool {
		select {
		case <-d.ended:
			d.await("no more") // it tells what was said last
		default:
		}
		pid := d.child(engine)
		return pid != 0 && syscall.Kill(pid, syscall.SIGKILL) == nil
	})
}

// child finds the process of an engine, 0: none.
func (d *running) child(engine string) int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// Behind the name, which may hold anything: the state and the parent.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 2 || fields[0] == "Z" || fields[1] != strconv.Itoa(d.cmd.Process.Pid) {
			continue
		}
		words, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if args := strings.Split(string(words), "\x00"); err != nil || len(args) < 2 || args[1] != "__"+engine {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path))) // digits
		return pid
	}
	return 0
}
