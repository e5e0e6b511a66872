package child

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParsePorts(t *testing.T) {
	got, err := ParsePorts("19000\t18123\n", 2)
	if err != nil || !slices.Equal(got, []int{19000, 18123}) {
		t.Errorf("ParsePorts = %v, %v, want 19000 and 18123", got, err)
	}
	for _, line := range []string{"", "1", "1 2 3", "1 0", "1 65536", "1 x", "-1 2"} {
		if got, err := ParsePorts(line, 2); err == nil {
			t.Errorf("ParsePorts(%q) = %v, want an error", line, got)
		}
	}
}

func TestLockWaitsForItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TryLock(path); !errors.Is(err, ErrLocked) {
		t.Errorf("second TryLock: error = %v, want ErrLocked", err)
	}
	got := make(chan error, 1)
	go func() {
		second, err := Lock(t.Context(), path)
		if err == nil {
			err = second.Close()
		}
		got <- err
	}()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("Lock after the holder's end: %v", err)
	}
}

func TestLockGivesUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	holder, err := TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = holder.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Lock(ctx, path); !errors.Is(err, ErrLocked) || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want ErrLocked and the end of the context", err)
	}
	stop := make(chan struct{})
	close(stop)
	if _, err := LockUnless(stop, time.Hour, path); !errors.Is(err, ErrLocked) {
		t.Errorf("after stop: error = %v, want ErrLocked", err)
	}
	if _, err := LockUnless(nil, time.Nanosecond, path); !errors.Is(err, ErrLocked) {
		t.Errorf("after the wait: error = %v, want ErrLocked", err)
	}
}

func TestFreePort(t *testing.T) {
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr, ok := ln.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal("not a TCP address")
	}
	if got := FreePort(addr.Port); got != 0 {
		t.Errorf("FreePort of a taken port = %d, want 0", got)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if got := FreePort(addr.Port); got != addr.Port {
		t.Errorf("FreePort of a free port = %d, want %d", got, addr.Port)
	}
}
