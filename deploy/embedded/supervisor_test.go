package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// removableSelf returns a path to this binary that can be taken away.
func removableSelf(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "tierwatch")
	if err := os.Symlink(exe, link); err != nil {
		t.Fatal(err)
	}
	return link
}

func TestSupervisorGivesUpAfterTenAttempts(t *testing.T) {
	link, seen := removableSelf(t), newEvents()
	k, err := StartKafka(t.Context(), KafkaOptions{
		DataDir: t.TempDir(), Self: link, Logger: testLog(t), OnEvent: seen.add, backoffMax: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	openProcess(t, k.PID()).kill(t)
	<-k.Done()
	if !errors.Is(k.Err(), os.ErrNotExist) || !strings.Contains(k.Err().Error(), "gave up after 10 attempts") {
		t.Errorf("Err = %v, want why the tenth attempt failed", k.Err())
	}
	close(seen)
	var failed int
	var last EventKind
	for ev := range seen {
		if ev.Kind == EventRestartFailed {
			failed++
		}
		last = ev.Kind
	}
	if failed != 9 || last != EventGaveUp {
		t.Errorf("%d failed restarts and then %s, want 9 and gave_up", failed, last)
	}
	if err := k.Stop(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Stop = %v, want the reason again", err)
	}
}

func TestSupervisorStopsBetweenAttempts(t *testing.T) {
	link, seen := removableSelf(t), newEvents()
	k, err := StartKafka(t.Context(), KafkaOptions{
		DataDir: t.TempDir(), Self: link, Logger: testLog(t), OnEvent: seen.add, backoffMax: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	openProcess(t, k.PID()).kill(t)
	seen.wait(t, EventRestartFailed)
	stopEngine(t, k)
	seen.wait(t, EventStopped)
	stopEngine(t, k) // again is harmless
}

// A stopped process answers nothing, so only a kill ends it.
func TestSupervisorKillsAChildThatDoesNotStop(t *testing.T) {
	k, err := StartKafka(t.Context(), KafkaOptions{DataDir: t.TempDir(), Logger: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	frozen := openProcess(t, k.PID())
	if err := syscall.Kill(frozen.pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCtrlC)
	if err := k.Stop(ctx); !errors.Is(err, errCtrlC) {
		t.Errorf("Stop = %v, want the cause of the cancellation", err)
	}
	frozen.waitExit(t)
}

// SIGTERM to a child ends it cleanly; the supervisor brings it back.
func TestSupervisorRestartsAfterACleanEnd(t *testing.T) {
	seen := newEvents()
	k := startKafka(t, KafkaOptions{DataDir: t.TempDir(), OnEvent: seen.add})
	if err := syscall.Kill(k.PID(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if ev := seen.wait(t, EventDied); ev.Err == nil || !strings.Contains(ev.Err.Error(), "exit status 0") {
		t.Errorf("event = %+v, want exit status 0", ev)
	}
	seen.wait(t, EventRestarted)
}

func TestChildMainLeavesOtherCommandsAlone(t *testing.T) {
	for _, args := range [][]string{nil, {"tierwatch"}, {"tierwatch", "demo"}, {"tierwatch", "run", modeKafka}} {
		if handled, _ := ChildMain(args); handled {
			t.Errorf("arguments %q were taken for a child's", args)
		}
	}
	for _, args := range [][]string{{"tierwatch", modeKafka}, {"tierwatch", modeClickHouse, "no json"}} {
		if handled, code := ChildMain(args); !handled || code != 1 {
			t.Errorf("arguments %q: handled %v, exit code %d, want true and 1", args, handled, code)
		}
	}
}

func TestLineWriter(t *testing.T) {
	var got []string
	w := &lineWriter{emit: func(line string) { got = append(got, line) }}
	for _, part := range []string{"one\ntw", "o\r\n\n", "\xff\n", strings.Repeat("x", 2*maxLine) + "\nlast"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	w.flush()
	want := []string{"one", "two", "?", strings.Repeat("x", maxLine), "last"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("lines = %q, want %q", got, want)
	}
	for range 100 {
		_, _ = w.Write([]byte("again\n"))
	}
	if n := strings.Count(w.tail(), "again"); n != tailKept {
		t.Errorf("the tail holds %d lines, want %d", n, tailKept)
	}
}
