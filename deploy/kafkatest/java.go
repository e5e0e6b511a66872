package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
)

// ErrAbsent says that Apache Kafka cannot run on this machine; the message names
// what is missing.
var ErrAbsent = errors.New("no Apache Kafka here")

// EnvOff names the environment variable that leaves Apache Kafka out: any value.
const EnvOff = "TIERWATCH_NO_APACHE_KAFKA"

// leastJava is the oldest release that the broker runs on.
const leastJava = 17

// java finds the program, or returns an error that wraps ErrAbsent.
func java(ctx context.Context) (string, error) {
	if runtime.GOOS != "linux" {
		return "", fmt.Errorf("%w: its nodes are bound to the life of the test on Linux only", ErrAbsent)
	}
	path := filepath.Join(os.Getenv("JAVA_HOME"), "bin", "java")
	if os.Getenv("JAVA_HOME") == "" {
		var err error
		if path, err = exec.LookPath("java"); err != nil {
			return "", fmt.Errorf("%w: install Java %d (Debian: apt-get install openjdk-17-jre-headless maven)", ErrAbsent, leastJava)
		}
	}
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s -version: %w", ErrAbsent, path, err)
	}
	if n := release(out); n < leastJava {
		return "", fmt.Errorf("%w: %s is Java %d, at least %d is needed", ErrAbsent, path, n, leastJava)
	}
	return path, nil
}

var versionLine = regexp.MustCompile(`version "(\d+)`)

// release is the number of the release in what java -version says; 0 if none.
func release(text []byte) int {
	m := versionLine.FindSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1])) // digits; too many of them are no release
	return n
}
