package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/load"
)

// stopped interrupts a program when it says at, wants the exit code of an interrupted
// one, and gives its last line, which is all that it says of its end.
func stopped(t *testing.T, at string, args ...string) string {
	t.Helper()
	d := start(t, args...)
	d.await(at)
	d.interrupt()
	if code := d.wait(); code != 130 {
		t.Fatalf("%q exits with %d, want 130", args, code)
	}
	end := strings.Join(d.tail, "\n")
	_, end, _ = strings.Cut(end, "tierwatch: stopping")
	if strings.Contains(end, "context canceled") || strings.Contains(end, "client closed") {
		t.Errorf("the end of %q tells its inner errors:\n%s", args, end)
	}
	if n := strings.Count(end, "tierwatch: "); n != 1 {
		t.Errorf("the end of %q has %d lines of the program, want one:\n%s", args, n, end)
	}
	return d.tail[len(d.tail)-1]
}

// again is the command line at the end of a line, as a shell splits it: no word of
// these tests is quoted.
func again(t *testing.T, line string) []string {
	t.Helper()
	_, command, ok := strings.Cut(line, "give the same command again to go on: tierwatch ")
	if !ok || !strings.HasPrefix(line, "tierwatch: interrupted: what was written stays") {
		t.Fatalf("the last line is %q", line)
	}
	return strings.Fields(command)
}

// Ctrl-C while history is loaded ends with one line: what is safe, and the very command
// that goes on.
func TestAnInterruptedLoadSaysHowToGoOn(t *testing.T) {
	b, want := newBankOf(t, longCustomers)
	in := func(name string) string { return filepath.Join(b.dir, name) }
	args := []string{"load", "--mapping", in("core.yaml"), "--policy", in("policy.yaml"), "--data-dir", in("data"), "--max-disorder", "3", in("core.csv")}
	line := stopped(t, load.StageLoad+" ", args...)
	command := again(t, line)
	if got, want := strings.Join(command, " "), strings.Join(append(args, unhurried), " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	out, _ := b.run(0, command...)
	tells(t, out, "the fold refused nothing of what this load wrote, before the interruption too")
	if r := b.verify(); r.Transactions != want.accepted {
		t.Errorf("log has %d transactions, want %d", r.Transactions, want.accepted)
	}
}

// When only the wait was left, the same command would be refused: the line says so, and
// what goes on instead.
func TestALoadInterruptedInItsWaitSaysWhatGoesOn(t *testing.T) {
	b, _ := newBank(t)
	in := func(name string) string { return filepath.Join(b.dir, name) }
	// The warehouse lets what comes last wait: the interrupt finds the load in its wait.
	line := stopped(t, "waiting for fold and warehouse", "load", "--set", "warehouse.interval=1h", "-m", in("core.yaml"), "--policy", in("policy.yaml"), "--data-dir", in("data"), in("core.csv"))
	tells(t, line, "tierwatch: interrupted: every file is in the log, only the wait was cut short",
		"fold and warehouse go on with: tierwatch run --roles fold,warehouse --set warehouse.interval=1h --data-dir "+in("data"), "tierwatch dlq list --stage fold --since 20")
}

// A demo that is stopped in its history names the very command, language and length of
// the day included.
func TestAnInterruptedDemoSaysHowToGoOn(t *testing.T) {
	needsEngine(t)
	for _, once := range []string{"--once", "--json"} { // of a long history, for the interrupt must find it unfinished
		args := []string{"demo", once, "--data-dir", t.TempDir(), "--log-level", "info", "--customers", "500", "--months", "60", "--lang", "en", "--day", "3s"}
		line := stopped(t, `"through":"2025-01-31"`, args...)
		if got, want := strings.Join(again(t, line), " "), strings.Join(append(args, unhurried), " "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestWordsOfAShell(t *testing.T) {
	for word, want := range map[string]string{
		"a-b_c/d.e:f,g=h": "a-b_c/d.e:f,g=h", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "数据": "'数据'", "~": "'~'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("%q becomes %s, want %s", word, got, want)
		}
	}
}
