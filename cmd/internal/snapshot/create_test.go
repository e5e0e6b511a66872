package snapshot_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
)

// few is a bank of some days.
func few(t *testing.T) *trial.Bank {
	t.Helper()
	b := bank(t)
	b.Days(b.Backfill(opened), opened, opened, opened+3)
	return b
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		list = append(list, e.Name())
	}
	return list
}

// TestInterruptedSnapshotLeavesNothing: whenever it is interrupted; and the next one
// clears away what a killed one has left.
func TestInterruptedSnapshotLeavesNothing(t *testing.T) {
	b := few(t)
	for _, stage := range []string{snapshot.StageFind, snapshot.StageState, snapshot.StageWrite} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := snapshot.Take(ctx, b.Deployment, snapshot.Options{
			Out: filepath.Join(dir, "s"),
			Progress: func(at string, done, _, _ int64) {
				if at == stage && (stage == snapshot.StageFind || done > 0) { // in the second partition
					cancel()
				}
			},
		})
		if !errors.Is(err, context.Canceled) || len(names(t, dir)) > 0 {
			t.Errorf("interrupted %s: %v, there is %v", stage, err, names(t, dir))
		}
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "s")
	left := filepath.Join(dir, "s.partial")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	trial.Write(t, left, "partition-0000.state", "half")
	trial.Write(t, left, "mine.txt", "a foreign file")
	take := func() error {
		_, err := snapshot.Take(t.Context(), b.Deployment, snapshot.Options{Out: out, Progress: func(string, int64, int64, int64) {}})
		return err
	}
	if err := take(); err == nil || !strings.Contains(err.Error(), "mine.txt is no file of a snapshot") {
		t.Errorf("beside a foreign file: %v", err)
	}
	if err := os.Remove(filepath.Join(left, "mine.txt")); err != nil {
		t.Fatal(err)
	}
	if err := take(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names(t, out), " "); got != "manifest.json partition-0000.state partition-0001.state" || len(names(t, dir)) != 1 {
		t.Errorf("made are %s, in %v", got, names(t, dir))
	}
	if err := take(); !errors.Is(err, snapshot.ErrTaken) || !strings.Contains(err.Error(), out) {
		t.Errorf("onto a complete one: %v", err)
	}
	if err := os.Remove(filepath.Join(out, snapshot.ManifestName)); err != nil {
		t.Fatal(err)
	}
	if err := take(); !errors.Is(err, os.ErrExist) || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("onto files: %v", err)
	}
	if _, err := snapshot.Open(out); !errors.Is(err, snapshot.ErrNone) {
		t.Errorf("without a manifest: %v", err)
	}
}

// TestTwoSnapshotsInOnePlace: the second is refused, and does not touch the first.
func TestTwoSnapshotsInOnePlace(t *testing.T) {
	b := few(t)
	out := filepath.Join(t.TempDir(), "s")
	var second error
	once := false
	_, err := snapshot.Take(t.Context(), b.Deployment, snapshot.Options{
		Out: out,
		Progress: func(at string, done, _, _ int64) {
			if at == snapshot.StageWrite && done > 0 && !once {
				once = true
				_, second = snapshot.Take(t.Context(), b.Deployment, snapshot.Options{Out: out, Progress: func(string, int64, int64, int64) {}})
			}
		},
	})
	if err != nil || !errors.Is(second, snapshot.ErrMaking) {
		t.Fatalf("the first %v, the second %v", err, second)
	}
	s, err := snapshot.Open(out)
	if err == nil {
		err = s.Check(0, func(int) {})
	}
	if err != nil {
		t.Error(err)
	}
}

// TestDamagedSnapshotIsRefused with the name of the file and the remedy.
func TestDamagedSnapshotIsRefused(t *testing.T) {
	s, _ := taken(t, few(t), snapshot.Options{})
	manifest := filepath.Join(s.Dir, snapshot.ManifestName)
	const copyAgain, upgrade = "copy it again", "the program that wrote it, or a newer one"
	for _, c := range []struct {
		what, path, remedy string
		is                 error
		change             func(b []byte) []byte
	}{
		{"a byte changed", s.Path(1), copyAgain, snapshot.ErrDamaged, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"cut short", s.Path(0), copyAgain, snapshot.ErrDamaged, func(b []byte) []byte { return b[:len(b)-1] }},
		{"empty", s.Path(0), copyAgain, snapshot.ErrDamaged, func([]byte) []byte { return nil }},
		{"newer", s.Path(1), upgrade, snapshot.ErrNewer, func(b []byte) []byte { b[7]++; return b }},
		{"gone", s.Path(1), "", os.ErrNotExist, nil},
		{"manifest of a newer format", manifest, upgrade, snapshot.ErrNewer, replace(`"format": 1`, `"format": 2`)},
		{"manifest cut short", manifest, copyAgain, snapshot.ErrDamaged, func(b []byte) []byte { return b[:len(b)-3] }},
		{"another offset", manifest, copyAgain, snapshot.ErrDamaged, replace(`"close_offset": `, `"close_offset": 1`)},
		{"another day", s.Path(0), copyAgain, snapshot.ErrDamaged, nil},
		{"another sum", s.Path(0), copyAgain, snapshot.ErrDamaged, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			path := c.path
			switch c.what {
			case "another day":
				path, c.change = manifest, replace(s.Manifest.Day, "2025-01-01")
			case "another sum":
				path, c.change = manifest, replace(s.Partitions[0].SHA256, strings.Repeat("0", 64))
			}
			was, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.WriteFile(path, was, 0o600); err != nil {
					t.Fatal(err)
				}
			}()
			if c.change == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, c.change([]byte(string(was))), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			bad, err := snapshot.Open(s.Dir)
			if err == nil {
				err = bad.Check(0, func(int) {})
			}
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.path) || !strings.Contains(err.Error(), c.remedy) {
				t.Errorf("%v; want %s and %q", err, c.path, c.remedy)
			}
		})
	}
	if err := s.Check(0, func(int) {}); err != nil {
		t.Error(err)
	}
}

func replace(from, to string) func([]byte) []byte {
	return func(b []byte) []byte { return []byte(strings.Replace(string(b), from, to, 1)) }
}
