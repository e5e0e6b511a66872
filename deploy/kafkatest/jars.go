package kafkatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed" // the class path
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tierwatch/tierwatch/deploy/embedded/child"
)

//go:embed pom.xml
var pom []byte

// envCache moves the cache of fetched engines, as it does for the embedded ones.
const envCache = "TIERWATCH_CACHE"

// fetchJars returns the directory of the broker's jars, which Maven brings when it
// is not in the cache. Several processes may call it at once: one fetches, the
// others wait. A changed pom has a directory of its own.
func fetchJars(ctx context.Context, say io.Writer) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(pom)
	dir := filepath.Join(cache, "kafka-"+hex.EncodeToString(sum[:6]))
	lib := filepath.Join(dir, "lib") // renamed into place when it is complete
	if there(lib) {
		return lib, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make cache directory (set %s to a directory that can be written): %w", envCache, err)
	}
	lock, err := child.Lock(ctx, filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }() // nothing was written to it
	if there(lib) {
		return lib, nil
	}
	return lib, fetchLocked(ctx, dir, lib, say, firstPause)
}

const (
	// fetchTries are made: a registry that is busy for a moment is no reason to fail
	// every test of a binary, which asks once.
	fetchTries = 3
	// firstPause lies before the second try, the double of it before the third.
	firstPause = 5 * time.Second
)

func fetchLocked(ctx context.Context, dir, lib string, say io.Writer, pause time.Duration) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return fmt.Errorf("%w: install Maven (Debian: apt-get install maven): it fetches the broker once", ErrAbsent)
	}
	fmt.Fprintln(say, "fetching Apache Kafka from Maven Central, 43 MB, once")
	for try := 1; ; try++ {
		err := fetchOnce(ctx, mvn, dir, lib)
		if err == nil {
			break
		}
		if try == fetchTries || ctx.Err() != nil {
			return fmt.Errorf("fetch Apache Kafka, try %d of %d: %w", try, fetchTries, err)
		}
		fmt.Fprintf(say, "fetching Apache Kafka failed, again in %s: %v\n", pause, err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause *= 2
	}
	fmt.Fprintln(say, "Apache Kafka is in", lib)
	return nil
}

func fetchOnce(ctx context.Context, mvn, dir, lib string) error {
	tmp, err := os.MkdirTemp(dir, "fetch-")
	if err != nil {
		return fmt.Errorf("make temporary directory: %w", err)
	}
	err = copyJars(ctx, mvn, tmp)
	if err == nil {
		err = os.Rename(filepath.Join(tmp, "lib"), lib)
	}
	return errors.Join(err, os.RemoveAll(tmp))
}

// copyJars lets Maven fill dir/lib. The pom lies beside it: Maven writes nothing
// into the source tree.
func copyJars(ctx context.Context, mvn, dir string) error {
	file, lib := filepath.Join(dir, "pom.xml"), filepath.Join(dir, "lib")
	if err := os.WriteFile(file, pom, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, mvn, "-B", "-q", "-f", file, "dependency:copy-dependencies", //nolint:gosec // found on the path
		"-DincludeScope=runtime", "-DoutputDirectory="+lib)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mvn: %w: %s", err, bytes.TrimSpace(out[max(0, len(out)-2000):]))
	}
	if jars, _ := filepath.Glob(filepath.Join(lib, "kafka_*.jar")); len(jars) == 0 { // the pattern is well formed
		return errors.New("mvn brought no broker")
	}
	return nil
}

func there(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}

func cacheDir() (string, error) {
	if dir := os.Getenv(envCache); dir != "" {
		return filepath.Abs(dir)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache directory (set %s): %w", envCache, err)
	}
	return filepath.Join(user, "tierwatch"), nil
}
