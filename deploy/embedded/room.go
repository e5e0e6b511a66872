package embedded

import (
	"fmt"
	"syscall"
)

// minRoom is the free space without which no engine is started: a broker that can
// not write ends itself, and would be started only to end again.
const minRoom = 32 << 20

// room is an ErrDiskFull that names the directory and the remedy, when the disk of
// an engine's data directory has less than minRoom left.
func room(dir string) error {
	free, ok := FreeBytes(dir)
	if !ok || free >= minRoom {
		return nil // one that cannot tell may have room; a write will show it
	}
	return fmt.Errorf("%w: %s has %d MB free and needs %d: make room there; or stop, move the data directory to a larger disk and start again. Nothing that was acknowledged is lost",
		ErrDiskFull, dir, free/1e6, minRoom/1_000_000)
}

// FreeBytes is what the disk of dir has left for this process; false if it cannot tell.
func FreeBytes(dir string) (uint64, bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return uint64(st.Bavail) * uint64(st.Bsize), true //nolint:gosec,unconvert // types differ by platform; never negative
}
