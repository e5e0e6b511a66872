package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// ErrLocked says that another process holds a lock.
var ErrLocked = errors.New("locked by another process")

// lockRetry is how often Lock asks again. A lock file gives no event to wait for.
const lockRetry = 20 * time.Millisecond

// TryLock opens path, creating it, and takes its exclusive lock, or returns an
// error that wraps ErrLocked. The kernel drops the lock when the file is closed
// or the process ends in any way, so a stale lock does not exist. The file is
// never removed: a removed lock file would let two processes lock two inodes.
func TryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, ErrLocked)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// Lock is TryLock that waits for the holder until ctx ends.
func Lock(ctx context.Context, path string) (*os.File, error) {
	tick := time.NewTicker(lockRetry)
	defer tick.Stop()
	for {
		f, err := TryLock(path)
		if err == nil || !errors.Is(err, ErrLocked) {
			return f, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", err, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// LockUnless is Lock that gives up when stop closes or wait is over.
func LockUnless(stop <-chan struct{}, wait time.Duration, path string) (*os.File, error) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	go func() {
		select {
		case <-stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return Lock(ctx, path)
}
