package snapshot

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrMaking says that another process makes the same snapshot.
var ErrMaking = errors.New("another snapshot is being made there: let it come to its end, or name another --out")

// own makes a directory, or takes what a killed process has left, and keeps others out
// of it until the file is closed.
func own(dir string) (*os.File, error) {
	for {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make directory of the snapshot: %w", err)
		}
		f, err := os.Open(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue // its owner has given it its name
		}
		if err != nil {
			return nil, fmt.Errorf("open directory of the snapshot: %w", err)
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			_ = f.Close() // nothing was written
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, fmt.Errorf("%s: %w", dir, ErrMaking)
			}
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		if sameFile(f, dir) {
			return f, nil
		}
		_ = f.Close() // it has another name since
	}
}

func sameFile(f *os.File, path string) bool {
	is, err := f.Stat()
	if err != nil {
		return false
	}
	at, err := os.Stat(path)
	return err == nil && os.SameFile(is, at)
}
