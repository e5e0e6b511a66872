package kafkatest

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"testing"
)

func TestRelease(t *testing.T) {
	for text, want := range map[string]int{
		"openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime": 17,
		`java version "1.8.0_401"`:                                1,
		`openjdk version "25" 2025`:                               25,
		"no such thing":                                           0,
	} {
		if got := release([]byte(text)); got != want {
			t.Errorf("%q: release %d, want %d", text, got, want)
		}
	}
}

func TestWithoutJavaItIsAbsent(t *testing.T) {
	t.Setenv("JAVA_HOME", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := java(t.Context()); !errors.Is(err, ErrAbsent) {
		t.Errorf("error %v, want ErrAbsent", err)
	}
}

func TestWithoutMavenItIsAbsentUntilFetched(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	cache := t.TempDir()
	t.Setenv(envCache, cache)
	if _, err := fetchJars(t.Context(), io.Discard); !errors.Is(err, ErrAbsent) {
		t.Fatalf("error %v, want ErrAbsent", err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "*", "fetch-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A node that is to last has both compilers and more heap than one for a test.
func TestALastingNodeIsRunAsOne(t *testing.T) {
	short, long := (&node{}).server(), (&node{lasting: true}).server()
	if !slices.Contains(short, "-XX:TieredStopAtLevel=1") || !slices.Contains(short, "-Xmx512m") {
		t.Errorf("for a test: %v", short)
	}
	if slices.Contains(long, "-XX:TieredStopAtLevel=1") || !slices.Contains(long, "-Xmx1g") {
		t.Errorf("to last: %v", long)
	}
}
