package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
)

// envParent makes the test binary a parent of two engines in that directory.
const envParent = "TIERWATCH_TEST_PARENT"

// parentMain starts both engines, prints their process ids and waits for its end.
func parentMain(dir string) error {
	ctx := context.Background()
	d, err := OpenDataDir(dir)
	if err != nil {
		return err
	}
	lib, err := FetchClickHouse(ctx, FetchOptions{})
	if err != nil {
		return err
	}
	if err := errors.Join(settleKafka(ctx, d.Kafka()), settleClickHouse(ctx, d.ClickHouse())); err != nil {
		return err
	}
	k, err := StartKafka(ctx, KafkaOptions{DataDir: d.Kafka(), TxnTimeout: patience, Logger: zerolog.New(os.Stderr)})
	if err != nil {
		return err
	}
	c, err := StartClickHouse(ctx, ClickHouseOptions{DataDir: d.ClickHouse(), Lib: lib, Logger: zerolog.New(os.Stderr)})
	if err != nil {
		return err
	}
	if err := d.Publish(k, c); err != nil {
		return err
	}
	fmt.Println(k.PID(), c.PID())
	select {}
}

// startParent runs a parent and returns it and its two children.
func startParent(t *testing.T, dir string) (parent *exec.Cmd, children [2]foreign) {
	t.Helper()
	library(t)                                                                   // fetched here, so that the parent finds it in the cache
	parent = exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0]) //nolint:gosec // this test
	parent.Env = append(os.Environ(), envParent+"="+dir)
	parent.Stderr = os.Stderr
	parent.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pids [2]int
	if _, err := fmt.Fscan(bufio.NewReader(out), &pids[0], &pids[1]); err != nil {
		_ = parent.Process.Kill() // the error is the one to tell
		t.Fatal(err)
	}
	for i, pid := range pids {
		children[i] = openProcess(t, pid)
	}
	t.Cleanup(func() { endParent(t, parent, children) })
	return parent, children
}

// endParent kills the parent and waits until the whole family has ended.
func endParent(t *testing.T, parent *exec.Cmd, children [2]foreign) {
	t.Helper()
	_ = parent.Process.Kill() // dead already is as good
	_ = parent.Wait()         // it was killed
	for _, c := range children {
		c.waitExit(t)
	}
}

func TestNoOrphansWhenTheParentIsKilled(t *testing.T) {
	dir := t.TempDir()
	parent, children := startParent(t, dir)
	before, err := ReadEngines(dir)
	if err != nil {
		t.Fatal(err)
	}
	broker := &Kafka{port: portOf(t, before.Kafka)}
	createTopic(t, broker, "t", nil)
	writer := transactional(t, broker, "writer-1", patience) // it lives through a start of both engines
	begin(t, writer)
	produce(t, writer, "t", "a=1")
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed; only now its lock is free
	// The next start need not wait: the new children wait for the old ones.
	next, _ := startParent(t, dir)
	for _, c := range children {
		c.waitExit(t)
	}
	after, err := ReadEngines(dir)
	if err != nil {
		t.Fatal(err)
	}
	if after.PID != next.Process.Pid {
		t.Errorf("engines.json names process %d, want %d", after.PID, next.Process.Pid)
	}
	// A broker that was killed would have forgotten the open transaction.
	end(t, writer, kgo.TryCommit)
	wantRecords(t, broker, "t", "a=1")
	after.PID = before.PID
	if after != before {
		t.Errorf("addresses %+v, before the kill %+v", after, before)
	}
}

func portOf(t *testing.T, addr string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Ctrl-C goes to the terminal's process group: the parent's, not the children's.
func TestChildrenLiveInGroupsOfTheirOwn(t *testing.T) {
	parent, children := startParent(t, t.TempDir())
	groups := []int{parent.Process.Pid}
	for _, c := range children {
		group, err := syscall.Getpgid(c.pid)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(groups, group) {
			t.Errorf("process %d is in group %d of another", c.pid, group)
		}
		groups = append(groups, group)
	}
}

func TestDataDirNamesTheOtherProcess(t *testing.T) {
	dir := t.TempDir()
	parent, _ := startParent(t, dir)
	_, err := OpenDataDir(dir)
	want := fmt.Sprintf("open %s: %v by process %d:", filepath.Clean(dir), ErrInUse, parent.Process.Pid)
	if !errors.Is(err, ErrInUse) || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
		t.Errorf("error = %v, want it to begin with %q", err, want)
	}
}
