package embedded

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var errCtrlC = errors.New("the user pressed Ctrl-C")

// fakePackage is a package of one small library and an npm that "downloads" it.
// The script of npm counts its calls in a file.
type fakePackage struct {
	artifact
	cache, calls string
}

func newFakePackage(t *testing.T, script string) fakePackage {
	t.Helper()
	dir := t.TempDir()
	content := bytes.Repeat([]byte("not an engine\n"), 1000)
	sum := sha256.Sum256(content)
	tarball := filepath.Join(dir, "fake.tgz")
	writeTarball(t, tarball, "package/lib.so", content)
	info, err := os.Stat(tarball)
	if err != nil {
		t.Fatal(err)
	}
	f := fakePackage{
		artifact: artifact{
			pkg: "@fake/lib", version: "1.0.0", member: "package/lib.so", sha256: hex.EncodeToString(sum[:]),
			size: int64(len(content)), tarballBytes: info.Size(),
		},
		cache: filepath.Join(dir, "cache"),
		calls: filepath.Join(dir, "calls"),
	}
	if script == "" {
		script = `while [ $# -gt 0 ]; do [ "$1" = --pack-destination ] && out=$2; shift; done; cp "$TARBALL" "$out/fake-lib-1.0.0.tgz"`
	}
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("#!/bin/sh\nTARBALL='%s'\nCALLS='%s'\necho call >> \"$CALLS\"\n%s\n", tarball, f.calls, script)
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte(text), 0o700); err != nil { //nolint:gosec // a script is executable
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return f
}

func writeTarball(t *testing.T, path, member string, content []byte) {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	tw := tar.NewWriter(gz)
	err := errors.Join(
		tw.WriteHeader(&tar.Header{Name: member, Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o644}),
		func() error { _, err := tw.Write(content); return err }(),
		tw.Close(), gz.Close(), os.WriteFile(path, b.Bytes(), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
}

func (f fakePackage) npmCalls(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(f.calls)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// leftovers returns what a fetch left beside the library, its marker and the lock.
func (f fakePackage) leftovers(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(f.dir(f.cache), "fetch-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFetchOnceThenFromCache(t *testing.T) {
	f := newFakePackage(t, "")
	var seen []Progress
	opts := FetchOptions{Cache: f.cache, Progress: func(p Progress) { seen = append(seen, p) }}
	path, err := fetch(t.Context(), f.artifact, opts)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if sha256Hex(string(content)) != f.sha256 {
		t.Error("the installed library is not the one in the package")
	}
	last := seen[len(seen)-1]
	if last != (Progress{Phase: PhaseUnpack, Done: f.size, Total: f.size}) {
		t.Errorf("last progress = %+v, want all bytes unpacked", last)
	}
	if left := f.leftovers(t); len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}

	seen = nil
	again, err := fetch(t.Context(), f.artifact, opts)
	if err != nil || again != path {
		t.Fatalf("second fetch = %q, %v, want %q", again, err, path)
	}
	if n := f.npmCalls(t); n != 1 || len(seen) > 0 {
		t.Errorf("second fetch: npm ran %d times in all and %d progress calls, want 1 and 0", n, len(seen))
	}
}

func TestFetchMendsAChangedLibrary(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"truncated": func(p string) error { return os.Truncate(p, 100) },
		"changed": func(p string) error {
			return errors.Join(os.WriteFile(p, bytes.Repeat([]byte("x"), 14000), 0o600), os.Chtimes(p, time.Time{}, time.Unix(1, 0)))
		},
		"removed": os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakePackage(t, "")
			opts := FetchOptions{Cache: f.cache}
			path, err := fetch(t.Context(), f.artifact, opts)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			if _, err := fetch(t.Context(), f.artifact, opts); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			if err != nil || sha256Hex(string(content)) != f.sha256 {
				t.Errorf("the library was not mended (%v)", err)
			}
		})
	}
}

// A library without a marker, as an interrupted run leaves it, is hashed and kept.
func TestFetchKeepsAnUnmarkedLibrary(t *testing.T) {
	f := newFakePackage(t, "")
	opts := FetchOptions{Cache: f.cache}
	path, err := fetch(t.Context(), f.artifact, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + ".verified"); err != nil {
		t.Fatal(err)
	}
	if _, err := fetch(t.Context(), f.artifact, opts); err != nil {
		t.Fatal(err)
	}
	if n := f.npmCalls(t); n != 1 {
		t.Errorf("npm ran %d times, want 1", n)
	}
}

func TestFetchByManyAtOnceRunsNPMOnce(t *testing.T) {
	f := newFakePackage(t, "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := fetch(t.Context(), f.artifact, FetchOptions{Cache: f.cache}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := f.npmCalls(t); n != 1 {
		t.Errorf("npm ran %d times, want 1", n)
	}
}

func TestFetchWrongChecksum(t *testing.T) {
	f := newFakePackage(t, "")
	f.sha256 = strings.Repeat("0", 64)
	path, err := fetch(t.Context(), f.artifact, FetchOptions{Cache: f.cache})
	if !errors.Is(err, ErrChecksum) {
		t.Fatalf("error = %v, want ErrChecksum", err)
	}
	for _, want := range []string{f.sha256, "registry", "@fake/lib@1.0.0"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %q", err, want)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the wrong library was installed (%v)", err)
	}
	if left := f.leftovers(t); len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestFetchPackageWithoutTheLibrary(t *testing.T) {
	f := newFakePackage(t, "")
	f.member = "package/other.so"
	_, err := fetch(t.Context(), f.artifact, FetchOptions{Cache: f.cache})
	if err == nil || !strings.Contains(err.Error(), "holds no package/other.so") {
		t.Errorf("error = %v, want the missing member", err)
	}
}

func TestFetchWithoutNPM(t *testing.T) {
	f := newFakePackage(t, "")
	t.Setenv("PATH", t.TempDir())
	_, err := fetch(t.Context(), f.artifact, FetchOptions{Cache: f.cache})
	if !errors.Is(err, ErrNoNPM) || !strings.Contains(err.Error(), "install Node.js with npm") {
		t.Errorf("error = %v, want ErrNoNPM with its remedy", err)
	}
}

func TestFetchTellsWhyNPMFailed(t *testing.T) {
	f := newFakePackage(t, `echo "npm error code E404" >&2; exit 1`)
	_, err := fetch(t.Context(), f.artifact, FetchOptions{Cache: f.cache})
	if err == nil || !strings.Contains(err.Error(), "E404") {
		t.Errorf("error = %v, want npm's own words", err)
	}
}

func TestFetchDiskFull(t *testing.T) {
	f := newFakePackage(t, `echo "npm error nospc ENOSPC: no space left on device, write" >&2; exit 1`)
	_, err := fetch(t.Context(), f.artifact, FetchOptions{Cache: f.cache})
	if !errors.Is(err, ErrDiskFull) || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), EnvCache) {
		t.Errorf("npm without space: error = %v, want ErrDiskFull with its remedy", err)
	}
	f.size = 1 << 60
	_, err = fetch(t.Context(), f.artifact, FetchOptions{Cache: f.cache})
	if !errors.Is(err, ErrDiskFull) || f.npmCalls(t) != 1 {
		t.Errorf("no room: error = %v after %d npm calls, want ErrDiskFull before npm", err, f.npmCalls(t))
	}
}

// npm has a child of its own here; the whole group must end with the context.
func TestFetchStopsWithItsContext(t *testing.T) {
	f := newFakePackage(t, `mkfifo "$CALLS.fifo"; sleep 1000 & echo $! > "$CALLS.pid"; echo up > "$CALLS.fifo"; wait`)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := fetch(ctx, f.artifact, FetchOptions{Cache: f.cache})
		ended <- err
	}()
	waitUntil(t, "npm has made its pipe", func() bool { _, err := os.Stat(f.calls + ".fifo"); return err == nil })
	if _, err := os.ReadFile(f.calls + ".fifo"); err != nil { // blocks until npm's child runs
		t.Fatal(err)
	}
	var pid int
	text, err := os.ReadFile(f.calls + ".pid")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	grandchild := openProcess(t, pid)
	cancel(errCtrlC)
	if err := <-ended; !errors.Is(err, errCtrlC) {
		t.Errorf("error = %v, want the cause of the cancellation", err)
	}
	grandchild.waitExit(t)
	if left := f.leftovers(t); len(left) > 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestFetchCacheFromEnvironment(t *testing.T) {
	f := newFakePackage(t, "")
	t.Setenv(EnvCache, f.cache)
	path, err := fetch(t.Context(), f.artifact, FetchOptions{})
	if err != nil || !strings.HasPrefix(path, f.cache) {
		t.Errorf("fetch = %q, %v, want a path below %s", path, err, f.cache)
	}
}

func TestPlatformNeedsGlibc(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "lib"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "lib", "ld-musl-x86_64.so.1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := checkPlatform(root)
	if !errors.Is(err, ErrPlatform) || !strings.Contains(err.Error(), "musl") {
		t.Errorf("error = %v, want ErrPlatform that names musl", err)
	}
}
