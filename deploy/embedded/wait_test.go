package embedded

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

const patience = 2 * time.Minute // for what another process does

// waitUntil polls what another process does; there is nothing to subscribe to.
func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-limit.C:
			t.Fatalf("gave up waiting: %s", what)
		case <-tick.C:
		}
	}
}

// foreign is a process that need not be a child; its descriptor stays true to it.
type foreign struct{ pid, fd int }

func openProcess(t *testing.T, pid int) foreign {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("open process %d: %v", pid, err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return foreign{pid: pid, fd: fd}
}

// waitExit waits until the kernel says that the process has ended.
func (f foreign) waitExit(t *testing.T) {
	t.Helper()
	poll := []unix.PollFd{{Fd: int32(f.fd), Events: unix.POLLIN}}
	_, err := unix.Poll(poll, int(patience.Milliseconds()))
	for errors.Is(err, unix.EINTR) {
		_, err = unix.Poll(poll, int(patience.Milliseconds()))
	}
	if err != nil || poll[0].Revents&unix.POLLIN == 0 {
		t.Fatalf("process %d still runs (%v, events %#x)", f.pid, err, poll[0].Revents)
	}
}

func (f foreign) kill(t *testing.T) {
	t.Helper()
	if err := unix.PidfdSendSignal(f.fd, unix.SIGKILL, nil, 0); err != nil {
		t.Fatalf("kill process %d: %v", f.pid, err)
	}
}

// settle gives an engine that never ran the ports of a last run, in a file of its data
// directory: those that the system would choose for it are taken by others while it is down.
func settle(ctx context.Context, dir, file string, n int) error {
	path := filepath.Join(dir, file)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return rememberPorts(path, kafkatest.FreePorts(ctx, n)...)
}

func settleKafka(ctx context.Context, dir string) error { return settle(ctx, dir, "port", 1) }

func settleClickHouse(ctx context.Context, dir string) error { return settle(ctx, dir, "ports", 2) }

// occupy listens on addr until the test ends.
func occupy(t *testing.T, addr string) {
	t.Helper()
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
}
