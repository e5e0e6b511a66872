package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	progressEvery = 200 * time.Millisecond
	npmStopWait   = 5 * time.Second
)

// npmPack lets npm bring the package into tmp and returns the tarball. npm
// reports no progress, so the growth of its files is watched; it keeps its own
// cache in tmp too, which goes when the fetch ends.
func npmPack(ctx context.Context, a artifact, tmp string, progress func(Progress)) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("%w: install Node.js with npm (for example `apt-get install npm`) and try again, or give the address of a ClickHouse server instead", ErrNoNPM)
	}
	out := filepath.Join(tmp, "package")
	if err := os.Mkdir(out, 0o700); err != nil {
		return "", fmt.Errorf("make temporary directory: %w", err)
	}
	cache := filepath.Join(tmp, "npm")
	stderr := &lineWriter{emit: func(string) {}}
	cmd := exec.CommandContext(ctx, npm, "pack", "--silent", "--loglevel=error", "--ignore-scripts",
		"--cache", cache, "--pack-destination", out, a.pkg+"@"+a.version)
	cmd.Dir = tmp // away from any project's own settings
	cmd.Stderr = stderr
	ownGroup(cmd)
	cmd.WaitDelay = npmStopWait

	ended := make(chan error, 1) // 1: run ends though nobody waits
	go func() {
		// The kernel ends npm with the thread that started it, so that a killed
		// tierwatch leaves no npm behind: this thread must stay until npm has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		ended <- cmd.Run()
	}()
	err = watchGrowth(ended, a.tarballBytes, progress, cache, out)
	stderr.flush()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		if text := stderr.tail(); strings.Contains(text, "ENOSPC") {
			err = fmt.Errorf("%w: %w: %s", err, syscall.ENOSPC, text)
		} else {
			err = fmt.Errorf("%w: %s", err, text)
		}
		return "", fmt.Errorf("npm pack %s@%s: %w", a.pkg, a.version, err)
	}
	return onlyTarball(out)
}

// watchGrowth reports the size of dirs as progress until ended answers. npm
// stores the package twice, so the first half of the bytes is the download.
func watchGrowth(ended <-chan error, total int64, progress func(Progress), dirs ...string) error {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	last := int64(-1)
	for {
		select {
		case err := <-ended:
			if err == nil {
				progress(Progress{Phase: PhaseDownload, Done: total, Total: total})
			}
			return err
		case <-tick.C:
		}
		if size := min(sizeOf(dirs...), total); size > last {
			last = size
			progress(Progress{Phase: PhaseDownload, Done: size, Total: total})
		}
	}
}

// sizeOf adds up the files below dirs. Files that come and go meanwhile do not matter.
func sizeOf(dirs ...string) int64 {
	var sum int64
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil //nolint:nilerr // gone since it was listed
			}
			if info, err := d.Info(); err == nil {
				sum += info.Size()
			}
			return nil
		})
	}
	return sum
}

func onlyTarball(dir string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return "", fmt.Errorf("find package: %w", err)
	}
	if len(found) != 1 {
		return "", errors.New("npm pack wrote no package: check npm's configuration with `npm doctor`")
	}
	return found[0], nil
}
