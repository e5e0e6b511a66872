package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/tierwatch/tierwatch/deploy/embedded/chdb"
)

// checkPlatform says whether libchdb.so can run: linux on amd64 with glibc. root
// is "/" but in tests.
func checkPlatform(root string) error {
	if !chdb.Supported {
		return fmt.Errorf("%w (%s/%s): %w", ErrPlatform, runtime.GOOS, runtime.GOARCH, chdb.ErrUnsupported)
	}
	if _, err := os.Stat(filepath.Join(root, "lib64", "ld-linux-x86-64.so.2")); err == nil {
		return nil
	}
	libc := "no glibc was found"
	if musl, _ := filepath.Glob(filepath.Join(root, "lib", "ld-musl-*")); len(musl) > 0 {
		libc = "this system has musl"
	}
	return fmt.Errorf("%w: it needs glibc, %s: use a glibc system (Debian, Ubuntu, Fedora) or image, or give the address of a ClickHouse server instead", ErrPlatform, libc)
}

// checkRoom fails when the disk of dir has less than need bytes free.
func checkRoom(dir string, need int64) error {
	// A file system that cannot tell may have room; a write will show it.
	if free, ok := FreeBytes(dir); ok && free < uint64(need) { //nolint:gosec // a positive constant
		return diskFull(dir, need)
	}
	return nil
}

// explain puts the remedy to an error of a full disk.
func explain(err error, dir string, need int64) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errors.Join(diskFull(dir, need), err)
	}
	return err
}

func diskFull(dir string, need int64) error {
	return fmt.Errorf("%w: %s needs %d MB free: make room or set %s to a directory on another disk", ErrDiskFull, dir, need/1e6, EnvCache)
}
