package crew

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// envPlay makes the test binary a process of a crew: what it does is the value.
const envPlay = "TIERWATCH_TEST_PLAY"

func TestMain(m *testing.M) {
	if what := os.Getenv(envPlay); what != "" {
		os.Exit(play(what))
	}
	goleak.VerifyTestMain(m)
}

// play is what a process of the tests does.
func play(what string) int {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, `{"level":"info","message":"started"}`)
	switch what {
	case "obeys":
		<-asked
		return 0
	case "fails at its end":
		<-asked
		fmt.Fprintln(os.Stderr, `{"level":"error","message":"no commit","error":"broker away"}`)
		return 1
	default: // ends by itself
		fmt.Fprintln(os.Stderr, `{"level":"error","message":"poison record","error":"at 7"}`)
		return 3
	}
}

// one is a member whose processes do what, and the ends that nobody asked for.
func one(t *testing.T, what string) (*Member, <-chan Exit) {
	t.Helper()
	t.Setenv(envPlay, what)
	gone := make(chan Exit, 1) // one end a test
	return &Member{name: "fold-1", path: os.Args[0], logs: t.TempDir(), gone: func(e Exit) { gone <- e }}, gone
}

// began waits until the process has said that its role runs: a stop before is another.
func began(t *testing.T, m *Member) {
	t.Helper()
	for { // each look takes the lock that hearing needs; the test's own limit ends it
		m.mu.Lock()
		l := m.life
		said := l != nil && l.began
		m.mu.Unlock()
		if said {
			return
		}
		if l == nil {
			t.Fatal("the process ended")
		}
		runtime.Gosched()
	}
}

func TestAProcessIsStoppedWhenItIsAsked(t *testing.T) {
	m, gone := one(t, "obeys")
	if err := m.Stop(); !errors.Is(err, ErrNotRunning) {
		t.Errorf("stop of nobody: %v, want ErrNotRunning", err)
	}
	for life := 1; life <= 2; life++ {
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
		if err := m.Start(); !errors.Is(err, ErrRuns) {
			t.Errorf("second start: %v, want ErrRuns", err)
		}
		began(t, m)
		if pid := m.PID(); pid <= 0 || syscall.Kill(pid, 0) != nil {
			t.Errorf("pid %d is no process", pid)
		}
		if err := m.Stop(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(m.logs, fmt.Sprintf("fold-1.%03d.log", life))); err != nil {
			t.Error(err)
		}
	}
	if m.PID() != 0 || len(gone) != 0 {
		t.Errorf("pid %d and %d ends that nobody asked for, want none", m.PID(), len(gone))
	}
}

func TestAStopThatGoesWrongIsTold(t *testing.T) {
	m, _ := one(t, "fails at its end")
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	began(t, m)
	if err := m.Stop(); err == nil || !strings.Contains(err.Error(), "exit code 1: no commit broker away") {
		t.Errorf("error %v, want the exit code and the last words", err)
	}
}

func TestAnEndThatNobodyAskedForIsToldWithItsWords(t *testing.T) {
	m, gone := one(t, "ends by itself")
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	e := <-gone
	if e.Member != "fold-1" || !e.Began || !strings.Contains(e.Words, "exit status 3: poison record at 7") {
		t.Errorf("end %+v, want exit status 3 with the last words, begun", e)
	}
	c := &Crew{Members: map[string]*Member{m.name: m}}
	if alarms := c.Alarms(); len(alarms) != 1 || !strings.Contains(alarms[0], "poison record at 7") {
		t.Errorf("alarms %q, want the poison record", alarms)
	}
	if c.Lives() != 1 {
		t.Errorf("%d lives, want 1", c.Lives())
	}
}
