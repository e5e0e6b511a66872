package kafkatest

import (
	"errors"
	"io"
	"path/filepath"
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
